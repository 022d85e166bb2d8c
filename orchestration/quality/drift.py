"""Drift: what the finished marts say now against the last published file; gaps in the raw data.

Plain SQL on a connection to which the build file is attached as `build` and, where there is one,
the published file as `published`, both read-only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from orchestration.quality.suites import Rule, Suite

SAMPLE_ROWS = 10


@dataclass(frozen=True)
class Finding:
    """What a drift rule found; `moved` None: it does not apply, and the message says why."""

    moved: bool | None
    message: str
    observed: dict[str, Any] = field(default_factory=dict)
    sample: list[dict[str, Any]] = field(default_factory=list)


def judge_drift(
    connection: duckdb.DuckDBPyConnection, suite: Suite, rule: Rule, has_published: bool
) -> Finding:
    """Judge one drift rule; raises duckdb.Error where its SQL does not run."""
    if rule.type == "drift_sudden_drop":
        return sudden_drop(connection, rule.arguments)
    reason = why_not_comparable(connection, suite.mart, has_published)
    if reason:
        return Finding(None, reason)
    if rule.type == "drift_row_count":
        return total_change(connection, suite.mart, "count(*)", "rows", rule.arguments)
    if rule.type == "drift_total":
        column = rule.arguments["column"]
        return total_change(connection, suite.mart, f'sum("{column}")', column, rule.arguments)
    if rule.type == "drift_shares":
        return share_change(connection, suite.mart, rule.arguments)
    return restatement(connection, suite, rule.arguments)


def why_not_comparable(
    connection: duckdb.DuckDBPyConnection, mart: str, has_published: bool
) -> str:
    """Why this mart has nothing to be compared with; empty where it has."""
    if not has_published:
        return "first build: nothing is published yet"
    before = connection.execute(
        "select source, reporting_currency from published.quality.publication"
        " order by version desc limit 1"
    ).fetchone()
    now = connection.execute(
        "select raw_dir, reporting_currency from build.raw.run_request"
    ).fetchone()
    if before is None:
        return "first build: nothing is published yet"
    if before != now:
        return f"new source: {now}, published so far: {before}"
    known = connection.execute(
        "select count(*) from duckdb_tables()"
        " where database_name = 'published' and schema_name || '.' || table_name = ?",
        [mart],
    ).fetchall()
    return "" if known[0][0] else f"the published file has no {mart} yet"


def rows_of(
    connection: duckdb.DuckDBPyConnection, sql: str, arguments: list[Any] | None = None
) -> list[dict[str, Any]]:
    """The rows of a query as mappings."""
    cursor = connection.execute(sql, arguments or [])
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def where_clause(arguments: Mapping[str, Any]) -> str:
    """The rule's filter, or none."""
    return f" where {arguments['where']}" if "where" in arguments else ""


def relative_change(old: float, new: float) -> float:
    """(new - old) / |old|; 0 where both are 0, infinite where only the old one is."""
    if old == new:
        return 0.0
    return (new - old) / abs(old) if old else float("inf")


def percent(change: float) -> str:
    """A change as people read it."""
    return "from nothing" if change == float("inf") else f"{change:+.1%}"


def plain_number(value: Any) -> Any:
    """A number without decimals that say nothing; anything else unchanged."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return int(number) if number.is_integer() else round(number, 6)


def total_change(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    aggregate: str,
    label: str,
    arguments: Mapping[str, Any],
) -> Finding:
    """Whether a total moved by more than `max_change` (a fraction of the published one)."""
    clause = where_clause(arguments)
    values = [
        float(
            connection.execute(
                f"select coalesce({aggregate}, 0) from {database}.{mart}{clause}"
            ).fetchall()[0][0]
        )
        for database in ("published", "build")
    ]
    change = relative_change(*values)
    old, new = (plain_number(value) for value in values)
    return Finding(
        abs(change) > arguments["max_change"],
        f"{label} {old:,} → {new:,} ({percent(change)})",
        {"old": old, "new": new, "change": str(change) if change == float("inf") else change},
    )


def share_change(
    connection: duckdb.DuckDBPyConnection, mart: str, arguments: Mapping[str, Any]
) -> Finding:
    """Whether the share of any group moved by more than `max_change` (0.05: five points)."""
    weight = f'sum("{arguments["column"]}")' if "column" in arguments else "count(*)"
    side = (
        f'select "{arguments["group_by"]}" as grouped, {weight} as amount'
        f" from {{database}}.{mart}{where_clause(arguments)} group by 1"
    )
    rows = rows_of(
        connection,
        f"""
        with old as ({side.format(database="published")}),
        new as ({side.format(database="build")}),
        shares as (
            select
                coalesce(old.grouped, new.grouped) as "{arguments["group_by"]}",
                cast(coalesce(old.amount, 0) as double)
                    / nullif(sum(old.amount) over (), 0) as old_share,
                cast(coalesce(new.amount, 0) as double)
                    / nullif(sum(new.amount) over (), 0) as new_share
            from old
            full join new on old.grouped is not distinct from new.grouped
        )
        from shares order by abs(new_share - old_share) desc nulls last, 1
        """,
    )
    rows = [row for row in rows if row["old_share"] is not None and row["new_share"] is not None]
    if not rows:
        return Finding(None, "one of the two sides has no rows")
    moved = [
        row for row in rows if abs(row["new_share"] - row["old_share"]) > arguments["max_change"]
    ]
    first, largest = rows[0], rows[0]["new_share"] - rows[0]["old_share"]
    named = ", ".join(
        f"{row[arguments['group_by']]} {row['old_share']:.1%} → {row['new_share']:.1%}"
        for row in (moved or [first])[:3]
    )
    return Finding(bool(moved), named, {"largest_change": largest}, moved[:SAMPLE_ROWS])


def restatement(
    connection: duckdb.DuckDBPyConnection, suite: Suite, arguments: Mapping[str, Any]
) -> Finding:
    """Which complete past rows of the published file say something else now, old and new.

    A value is restated where it moved by more than `max_change` (a fraction of the old one), became
    null, or its row is gone. Only rows whose period was complete then count.
    """
    keys = ", ".join(f'"{key}"' for key in suite.grain)
    matches = " and ".join(f'old."{key}" is not distinct from new."{key}"' for key in suite.grain)
    parts = [
        f"""
        select
            {", ".join(f'old."{key}"' for key in suite.grain)},
            '{column}' as "column",
            cast(old."{column}" as double) as old,
            cast(new."{column}" as double) as new
        from old
        left join new on {matches}
        where
            old."{column}" is distinct from new."{column}"
            and coalesce(
                abs(cast(new."{column}" as double) - cast(old."{column}" as double))
                > {float(arguments["max_change"])} * abs(cast(old."{column}" as double)),
                true
            )
            and (new.is_complete or new.is_complete is null)
        """
        for column in arguments["columns"]
    ]
    condition = f" and ({arguments['where']})" if "where" in arguments else ""
    rows = rows_of(
        connection,
        f"""
        with old as (select * from published.{suite.mart} where is_complete{condition}),
        new as (select * from build.{suite.mart}{where_clause(arguments)}),
        restated as ({" union all by name ".join(parts)})
        select *, count(*) over () as restated
        from restated
        order by abs(new - old) / nullif(abs(old), 0) desc nulls first, {keys}, "column"
        limit {SAMPLE_ROWS}
        """,
    )
    total = rows[0]["restated"] if rows else 0
    for row in rows:
        del row["restated"]
        row["old"], row["new"] = plain_number(row["old"]), plain_number(row["new"])
    named = "; ".join(
        " ".join(str(row[key]) for key in (*suite.grain, "column"))
        + f" {row['old']} → {row['new']}"
        for row in rows[:3]
    )
    more = f" and {total - 3} more" if total > 3 else ""
    message = f"restated: {named}{more}" if rows else "no complete period has changed"
    return Finding(bool(rows), message, {"restated": total}, rows)


def sudden_drop(connection: duckdb.DuckDBPyConnection, arguments: Mapping[str, Any]) -> Finding:
    """Where a raw table's events of `days` days fall to `max_ratio` of those `compare_days` before.

    Looks at the last `look_back_days` before as_of, and only where the earlier days have at least
    `min_rows` events. Neighbouring days are one drop.
    """
    days, compare = int(arguments["days"]), int(arguments["compare_days"])
    rows = rows_of(
        connection,
        f"""
        with events as (
            select event_date, count(*) as events
            from build.staging."{arguments["table"]}"
            group by event_date
        ),
        bounds as (
            select
                (select min(event_date) from events) as first_day,
                (select as_of from build.staging.run_context) as as_of
        ),
        grid as (
            select cast(unnest(generate_series(first_day, as_of, interval 1 day)) as date) as day
            from bounds
        ),
        summed as (
            select
                grid.day,
                sum(coalesce(events.events, 0)) over (
                    order by grid.day rows between {days - 1} preceding and current row
                ) as events,
                row_number() over (order by grid.day) as age
            from grid
            left join events on grid.day = events.event_date
        ),
        compared as (
            select day, age, events, lag(events, {compare}) over (order by day) as events_before
            from summed
        ),
        drops as (
            select *
            from compared
            where
                age >= {compare + days}
                and events_before >= {int(arguments["min_rows"])}
                and events <= {float(arguments["max_ratio"])} * events_before
                and day > (select as_of from bounds) - {int(arguments["look_back_days"])}
        ),
        numbered as (
            select *, sum(is_new) over (order by day) as drop_number
            from (
                select
                    *,
                    case when day - lag(day) over (order by day) <= {days} then 0 else 1 end
                        as is_new
                from drops
            )
        )
        select
            min(day) - {days - 1} as first_day,
            max(day) as last_day,
            cast(min_by(events, events / events_before) as bigint) as events,
            cast(min_by(events_before, events / events_before) as bigint) as events_before
        from numbered
        group by drop_number
        order by first_day desc
        """,
    )
    sample = [
        {**row, "first_day": str(row["first_day"]), "last_day": str(row["last_day"])}
        for row in rows
    ]
    table = arguments["table"]
    if not rows:
        return Finding(False, f"no sudden drop of {table}", {"drops": 0})
    named = "; ".join(
        f"{row['first_day']} to {row['last_day']}: {row['events']} against {row['events_before']}"
        for row in sample[:3]
    )
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    message = f"{table} of {days} days against the {days} days {compare} days before: {named}{more}"
    return Finding(True, message, {"drops": len(rows)}, sample[:SAMPLE_ROWS])
