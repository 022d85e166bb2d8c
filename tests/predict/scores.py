"""The scoring models' SQL on groups and parameters of the test's own choice."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from tests.replay.compiled import compiled

NAMES = ("r", "alpha", "a", "b", "p", "q", "v", "beta")
History = tuple[int, int, int]


def bg_nbd_scores(
    parameters: Mapping[str, float],
    histories: Sequence[History],
    variables: Mapping[str, Any] | None = None,
    holdout_days: int | None = None,
) -> dict[History, dict[str, float]]:
    """Columns of intermediate.purchase_scores by (frequency, recency_days, age_days).

    With `holdout_days` the histories are a calibration, and expected_orders is of that many days.
    """
    project = compiled(variables or {})
    sample = "all" if holdout_days is None else "calibration"
    columns = ", ".join(f"{name}_value double" for name in NAMES)
    values = ", ".join(str(parameters.get(name, "null")) for name in NAMES)
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as build; use build; create schema intermediate")
        connection.execute(
            "create table intermediate.purchase_groups"
            " (sample varchar, frequency bigint, recency_days bigint, age_days bigint)"
        )
        connection.executemany(
            "insert into intermediate.purchase_groups values (?, ?, ?, ?)",
            [[sample, *history] for history in sorted(set(histories))],
        )
        connection.execute(
            "create table intermediate.fitted_models (model varchar, sample varchar,"
            f" model_version varchar, {columns})"
        )
        connection.execute(
            "insert into intermediate.fitted_models values"
            f" ('bg_nbd', '{sample}', 'given', {values})"
        )
        connection.execute(
            "create table intermediate.fit_request as"
            f" select cast({holdout_days or 0} as integer) as holdout_days"
        )
        for relation in ("intermediate.purchase_forecasts", "intermediate.purchase_scores"):
            connection.execute(f"create table {relation} as ({project.node(relation).sql})")
        cursor = connection.execute("select * from intermediate.purchase_scores")
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {(row["frequency"], row["recency_days"], row["age_days"]): row for row in rows}
