"""The raw contract in plain Python: which raw row counts, which does not, and why.

Input is text, as files hold it; output is a verdict for every row and typed staged rows.
Money is Decimal in the reporting currency with four decimals; a timestamp is a `Moment`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, DecimalException, localcontext
from typing import Any, Literal
from zoneinfo import ZoneInfo

Status = Literal["rejected", "superseded", "not_yet_visible", "staged"]
RawRow = Mapping[str, Any]
RawTables = Mapping[str, Sequence[RawRow]]
TypedRow = dict[str, Any]
Staged = dict[str, list[TypedRow]]

FIRST_DAY, LAST_DAY = date(1921, 3, 21), date(2122, 3, 20)
BLANK = " \t\n\r\v\f\u00a0"
NOT_COUNTED = frozenset({"cancelled", "canceled", "failed", "unpaid", "draft", "test"})
LARGEST, ZERO = Decimal(10) ** 14 - 1, Decimal(0)
TRUE_WORDS = frozenset({"true", "t", "yes", "y", "1", "on"})
FALSE_WORDS = frozenset({"false", "f", "no", "n", "0", "off", "unknown"})
SCORE_RANGE = {"nps": (0, 10), "csat": (1, 5)}
REASONS = (
    "bad_line",
    "missing_key",
    "bad_timestamp",
    "bad_number",
    "bad_boolean",
    "negative_amount",
    "score_out_of_range",
    "future_timestamp",
    "unknown_order",
    "missing_fx_rate",
)


class ContractError(ValueError):
    """The raw data as a whole cannot be used: no verdict of a single row would be enough."""


@dataclass(frozen=True)
class Settings:
    """What steers the reading. `as_of` None = the default rule; `now` must carry an offset."""

    now: datetime
    as_of: date | None = None
    source_timezone: str = "UTC"
    business_timezone: str = "UTC"
    reporting_currency: str = "USD"
    not_counted_statuses: frozenset[str] = NOT_COUNTED


@dataclass(frozen=True, order=True)
class Moment:
    """A point in time: its UTC instant, its business date, and whether only a date was given."""

    instant: datetime
    day: date
    date_only: bool = False


@dataclass(frozen=True)
class Column:
    """One declared column. kind: text, lower, upper, time, date, number, absolute, score, whole,
    rate or flag; `absolute` is a number whose sign does not matter, `score` one with a range."""

    name: str
    kind: str
    key: bool
    required: bool


@dataclass(frozen=True)
class Table:
    """One raw table. `event` None = placed in time by its order; `money` names the columns that
    are converted to the reporting currency."""

    columns: tuple[Column, ...]
    event: str | None
    money: frozenset[str]
    of_order: bool

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the key columns, in order."""
        return tuple(column.name for column in self.columns if column.key)


def _table(event: str | None, columns: str, money: str = "", of_order: bool = False) -> Table:
    """Read `name[#][!][:kind]` words: # = key, ! = required, kind text unless said."""
    parsed = []
    for word in columns.split():
        name, _, kind = word.partition(":")
        parsed.append(Column(name.rstrip("#!"), kind or "text", "#" in name, "!" in name))
    return Table(tuple(parsed), event, frozenset(money.split()), of_order)


TABLES: dict[str, Table] = {
    "orders": _table(
        "ordered_at",
        "order_id#! customer_id ordered_at!:time amount!:number currency:upper status"
        " discount_amount:number refund_amount:absolute cost_amount:number sales_channel service"
        " coupon_code session_id updated_at:time",
        money="amount discount_amount refund_amount cost_amount",
    ),
    "order_items": _table(
        None,
        "order_id#! line_number#! product_id! category brand quantity:number unit_price:number"
        " discount_amount:number unit_cost:number",
        money="unit_price discount_amount unit_cost",
        of_order=True,
    ),
    "refunds": _table(
        "refunded_at",
        "refund_id#! order_id! refunded_at!:time amount!:absolute",
        money="amount",
        of_order=True,
    ),
    "customers": _table(
        "signed_up_at",
        "customer_id#! signed_up_at:time acquisition_channel acquisition_campaign"
        " referred_by_customer_id country region city birth_date:date email phone"
        " email_consent:flag sms_consent:flag push_consent:flag updated_at:time",
    ),
    "sessions": _table(
        "started_at",
        "session_id#! visitor_id! customer_id started_at!:time ended_at:time utm_source utm_medium"
        " utm_campaign device page_views:whole product_views:whole cart_additions:whole"
        " checkouts:whole leads:whole",
    ),
    "surveys": _table(
        "responded_at",
        "response_id#! customer_id responded_at!:time survey_type:lower score!:score reason"
        " comment",
    ),
    "subscriptions": _table(
        "valid_from",
        "subscription_id#! valid_from#!:time customer_id! valid_to:time mrr!:number currency:upper",
        money="mrr",
    ),
    "marketing_spend": _table(
        "spend_date",
        "spend_date#!:date channel#! campaign# objective# currency#:upper amount!:number"
        " impressions:whole clicks:whole",
        money="amount",
    ),
    "campaign_sends": _table(
        "sent_at",
        "send_id#! campaign! customer_id! medium variant! sent_at!:time delivered_at:time"
        " opened_at:time clicked_at:time unsubscribed_at:time complained_at:time",
    ),
    "social_daily": _table(
        "activity_date",
        "activity_date#!:date network#! followers:whole likes:whole comments:whole shares:whole",
    ),
    "fx_rates": _table("rate_date", "rate_date#!:date currency#!:upper rate!:rate"),
}


@dataclass(frozen=True)
class Verdict:
    """What became of one raw row. `reason` is set only where it is rejected; `key` is None where
    the line could not be read at all."""

    table: str
    file: str
    row: int
    key: tuple[Any, ...] | None
    status: Status
    reason: str | None


@dataclass(frozen=True)
class Reading:
    """The whole raw data as of one day."""

    as_of: date
    verdicts: list[Verdict]
    staged: Staged

    def balance(self) -> dict[str, dict[str, int]]:
        """Rows of each table of the contract: raw, and by status. An absent table has zeros."""
        counts: dict[str, Counter[str]] = {table: Counter() for table in TABLES}
        for verdict in self.verdicts:
            counts[verdict.table][verdict.status] += 1
        return {
            table: {
                "raw_rows": sum(count.values()),
                "rejected_rows": count["rejected"],
                "superseded_rows": count["superseded"],
                "not_yet_visible_rows": count["not_yet_visible"],
                "staged_rows": count["staged"],
            }
            for table, count in counts.items()
        }


# ---------------------------------------------------------------- values

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_TIMESTAMP = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"([Tt ](?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d{1,9}))?)?"
    r"( ?(?P<offset>[Zz]|[+-]\d\d(:?\d\d)?))?)?",
    re.ASCII,
)


def read_text(value: str | None) -> str | None:
    """Trimmed text; blank = None."""
    return (value or "").strip(BLANK) or None


def to_decimal(value: Decimal, digits: int, scale: int) -> Decimal:
    """`value` as DECIMAL(digits, scale), half up. ValueError where it does not fit."""
    limit = Decimal(10) ** (digits - scale)
    if abs(value) >= limit:
        raise ValueError(f"{value} has too many digits")
    with localcontext(prec=200):
        rounded = value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)
    if abs(rounded) >= limit:
        raise ValueError(f"{value} has too many digits")
    return abs(rounded) if rounded == 0 else rounded


def read_number(text: str, digits: int = 18, scale: int = 4) -> Decimal:
    """A number in plain or scientific notation. ValueError for any other text."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"not a number: {text}")
    try:
        return to_decimal(Decimal(text), digits, scale)
    except DecimalException as error:
        raise ValueError(f"not a usable number: {text}") from error


def read_flag(text: str) -> bool:
    """A yes or no, in any case. ValueError for any other text."""
    word = text.lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ValueError(f"not a boolean: {text}")
    return word in TRUE_WORDS


def wall_time(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a time on the wall. A time that the clock shows twice is the later one;
    a time that it skips is read with the offset before the change."""
    later = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if later.astimezone(zone).replace(tzinfo=None) == local:
        return later
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which a business date begins."""
    return wall_time(datetime.combine(day, time()), zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which a business date is over: the first that has the next date."""
    midnight = datetime.combine(day + timedelta(days=1), time())
    return midnight.replace(tzinfo=zone, fold=0).astimezone(UTC)


def read_moment(text: str, settings: Settings) -> Moment:
    """An ISO 8601 date or timestamp. ValueError for any other text."""
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        raise ValueError(f"not a timestamp: {text}")
    business = ZoneInfo(settings.business_timezone)
    day = date.fromisoformat(match["day"])
    try:
        if match["hour"] is None:
            return Moment(start_of(day, business), day, True)
        clock = time(
            int(match["hour"]) % 24,
            int(match["minute"]),
            int(match["second"] or 0),
            int((match["fraction"] or "0").ljust(6, "0")[:6]),
        )
        local = datetime.combine(day, clock)
        if match["hour"] >= "24":
            # ISO 8601 writes the end of a day as 24:00.
            if match["hour"] > "24" or clock != time():
                raise ValueError(f"no such time of day: {text}")
            local += timedelta(days=1)
        if match["offset"] is None:
            instant = wall_time(local, ZoneInfo(settings.source_timezone))
        else:
            instant = local.replace(tzinfo=_offset(match["offset"])).astimezone(UTC)
        return Moment(instant, instant.astimezone(business).date())
    except OverflowError as error:
        raise ValueError(f"outside every calendar: {text}") from error


def _offset(text: str) -> timezone:
    """The zone of `Z`, `+03`, `+0330` or `+03:30`. ValueError beyond 23:59."""
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if minutes > 59:
        raise ValueError(f"not an offset: {text}")
    distance = timedelta(hours=hours, minutes=minutes)
    return timezone(-distance if text[0] == "-" else distance)


# ---------------------------------------------------------------- one row


@dataclass
class _Row:
    """A raw row on its way: typed values as far as they could be read, and a reason if any."""

    table: str
    file: str
    number: int
    values: TypedRow
    key: tuple[Any, ...] | None
    reason: str | None
    status: Status = "rejected"

    @property
    def event(self) -> Moment | None:
        """The row's own event; None for items and for a customer without a sign-up time."""
        name = TABLES[self.table].event
        return None if name is None else self.values[name]


def _read_value(text: str | None, column: Column, settings: Settings) -> tuple[Any, str | None]:
    """The typed value and the reason that the column gives to reject its row, if any."""
    if text is None:
        if column.kind == "flag":
            return False, None
        if not column.required:
            return None, None
        if column.key or column.kind in {"text", "lower", "upper"}:
            return None, "missing_key"
        return None, "bad_timestamp" if column.kind in {"time", "date"} else "bad_number"
    match column.kind:
        case "text":
            return text, None
        case "lower":
            return text.lower(), None
        case "upper":
            return text.upper(), None
        case "time" | "date":
            try:
                return read_moment(text, settings), None
            except ValueError:
                return None, "bad_timestamp"
        case "flag":
            try:
                return read_flag(text), None
            except ValueError:
                return None, "bad_boolean"
        case _:
            return _read_number(text, column)


def _read_number(text: str, column: Column) -> tuple[Decimal | None, str | None]:
    """As `_read_value`, for the numeric kinds."""
    try:
        number = read_number(text, 24, 14) if column.kind == "rate" else read_number(text)
    except ValueError:
        return None, "bad_number"
    if column.kind == "absolute":
        return abs(number), None
    if column.kind == "score":
        return number, None
    if column.kind == "whole" and number != int(number):
        return None, "bad_number"
    if column.kind == "rate" and number == 0:
        return None, "bad_number"
    return number, "negative_amount" if number < 0 else None


def _score_is_wrong(values: TypedRow) -> bool:
    """An nps score is a whole 0 to 10, a csat score a whole 1 to 5; others are free."""
    lowest, highest = SCORE_RANGE.get(values["survey_type"], (None, None))
    score = values["score"]
    if lowest is None or highest is None or score is None:
        return False
    return not (lowest <= score <= highest and score == int(score))


def _read_row(table: str, raw: RawRow, settings: Settings) -> _Row:
    """Everything that a row says about itself: types, and the first reason up to the future."""
    file, number = raw["_file"], raw["_row"]
    if raw.get("_bad_line") is not None:
        return _Row(table, file, number, {}, None, "bad_line")
    spec = TABLES[table]
    values: TypedRow = {}
    reasons: set[str] = set()
    for column in spec.columns:
        value, reason = _read_value(read_text(raw.get(column.name)), column, settings)
        values[column.name] = value
        if reason is not None:
            reasons.add(reason)
    if table == "surveys":
        values["survey_type"] = values["survey_type"] or "nps"
        if _score_is_wrong(values):
            reasons.add("score_out_of_range")
    event = values[spec.event] if spec.event else None
    if event is not None:
        if not FIRST_DAY <= event.day <= LAST_DAY:
            reasons.add("bad_timestamp")
        today = settings.now.astimezone(ZoneInfo(settings.business_timezone)).date()
        if event.day > today if event.date_only else event.instant > settings.now:
            reasons.add("future_timestamp")
    key = tuple(_key_part(values[name], name) for name in spec.key)
    return _Row(table, file, number, values, key, min(reasons, key=REASONS.index, default=None))


def _key_part(value: Any, name: str) -> Any:
    """A date column is equal by day, a timestamp by instant."""
    if isinstance(value, Moment):
        return value.day if name.endswith("_date") else value.instant
    return value


# ---------------------------------------------------------------- the whole


def classify(raw: RawTables, settings: Settings) -> Reading:
    """The verdict of every raw row and the staged rows.

    Raises ContractError for a missing orders table, and for several currencies without rates.
    """
    if "orders" not in raw:
        raise ContractError("the orders table is missing")
    rows = {
        table: [_read_row(table, row, settings) for row in raw.get(table, ())] for table in TABLES
    }
    rates = _rates(rows["fx_rates"]) if "fx_rates" in raw else None
    _reject_unpriced(rows, rates, settings)
    known_orders = {row.key for row in rows["orders"] if row.reason is None}
    for row in rows["order_items"] + rows["refunds"]:
        if row.reason is None and (row.values["order_id"],) not in known_orders:
            row.reason = "unknown_order"
    if rates is None:
        _check_one_currency(rows, settings)

    as_of = settings.as_of or default_as_of(rows, settings)
    end = end_of(as_of, ZoneInfo(settings.business_timezone))
    winners = {table: _winners(rows[table], end) for table in TABLES}
    orders = {row.values["order_id"]: row for row in winners["orders"]}
    for table, spec in TABLES.items():
        for row in rows[table]:
            row.status = "rejected" if row.reason else "superseded"
        for row in winners[table]:
            visible = _is_visible(row, as_of)
            if spec.of_order:
                visible = visible and _is_visible(orders[row.values["order_id"]], as_of)
            row.status = "staged" if visible else "not_yet_visible"
    verdicts = [
        Verdict(row.table, row.file, row.number, row.key, row.status, row.reason)
        for table in TABLES
        for row in rows[table]
    ]
    staged = {
        table: [
            _stage(row, orders, rates, as_of, settings)
            for row in rows[table]
            if row.status == "staged"
        ]
        for table in TABLES
    }
    return Reading(as_of, verdicts, staged)


def default_as_of(rows: Mapping[str, Sequence[_Row]], settings: Settings) -> date:
    """The newest event date before today of the unrejected orders, sessions and surveys; today
    where all are of today, yesterday where there is none."""
    today = settings.now.astimezone(ZoneInfo(settings.business_timezone)).date()
    days = [
        row.event.day
        for table in ("orders", "sessions", "surveys")
        for row in rows[table]
        if row.reason is None and row.event is not None
    ]
    yesterday = today - timedelta(days=1)
    return max((day for day in days if day < today), default=today if days else yesterday)


def _winners(rows: Iterable[_Row], end: datetime) -> list[_Row]:
    """One row a key. `end` is the first instant after as_of."""
    versions: dict[Any, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.reason is None:
            versions[row.key].append(row)
    return [_winner(same, end) for same in versions.values()]


def _winner(versions: list[_Row], end: datetime) -> _Row:
    """The greatest updated_at before `end`; else one without; else the earliest later one."""
    stamps = {id(row): stamp.instant for row in versions if (stamp := row.values.get("updated_at"))}
    seen = [row for row in versions if id(row) in stamps and stamps[id(row)] < end]
    unstamped = [row for row in versions if id(row) not in stamps]
    if seen:
        best = max(stamps[id(row)] for row in seen)
        candidates = [row for row in seen if stamps[id(row)] == best]
    elif unstamped:
        candidates = unstamped
    else:
        best = min(stamps.values())
        candidates = [row for row in versions if stamps[id(row)] == best]
    return max(candidates, key=lambda row: (row.file, row.number))


def _is_visible(row: _Row, as_of: date) -> bool:
    """The row's own event is not after as_of; no event = always visible."""
    return row.event is None or row.event.day <= as_of


# ---------------------------------------------------------------- money

Rates = dict[str, list[tuple[date, Decimal]]]


def _rates(rows: Iterable[_Row]) -> Rates:
    """The dated rates of each currency, one a day, seen or not yet."""
    rates: Rates = defaultdict(list)
    for row in _winners(rows, datetime.max.replace(tzinfo=UTC)):
        values = row.values
        rates[values["currency"]].append((values["rate_date"].day, values["rate"]))
    return rates


def _rate_on(
    rates: Rates | None, currency: str | None, day: date, settings: Settings
) -> Decimal | None:
    """Reporting currency for one unit at the latest rate on or before `day`; None = no rate."""
    if rates is None or currency in {None, settings.reporting_currency.upper()}:
        return Decimal(1)
    earlier = [dated for dated in rates.get(currency or "", ()) if dated[0] <= day]
    return max(earlier)[1] if earlier else None


def _reject_unpriced(
    rows: Mapping[str, Sequence[_Row]], rates: Rates | None, settings: Settings
) -> None:
    """Reject what has no rate, and what outgrows its type in the reporting currency."""
    of_orders: dict[str, Decimal] = defaultdict(Decimal)
    for table in ("orders", "subscriptions", "marketing_spend"):
        for row in rows[table]:
            if row.reason is None and row.event is not None:
                rate = _rate_on(rates, row.values["currency"], row.event.day, settings)
                if rate is None:
                    row.reason = "missing_fx_rate"
                elif _outgrows(row, rate):
                    row.reason = "bad_number"
                elif table == "orders":
                    order_id = row.values["order_id"]
                    of_orders[order_id] = max(of_orders[order_id], rate)
    for row in [*rows["order_items"], *rows["refunds"]]:
        if row.reason is None and _outgrows(row, of_orders.get(row.values["order_id"], ZERO)):
            row.reason = "bad_number"


def _outgrows(row: _Row, rate: Decimal) -> bool:
    """Whether money of the row, which fits DECIMAL(18,4), does not at this rate."""
    if rate == 1:
        return False
    amounts = [row.values[name] for name in TABLES[row.table].money]
    with localcontext(prec=200):
        return any(amount is not None and amount * rate >= LARGEST for amount in amounts)


def _check_one_currency(rows: Mapping[str, Sequence[_Row]], settings: Settings) -> None:
    currencies = {
        row.values["currency"] or settings.reporting_currency.upper()
        for table in ("orders", "subscriptions", "marketing_spend")
        for row in rows[table]
        if row.reason is None
    }
    if len(currencies) > 1:
        raise ContractError(f"no fx_rates table, but several currencies: {sorted(currencies)}")


def _stage(
    row: _Row, orders: Mapping[str, _Row], rates: Rates | None, as_of: date, settings: Settings
) -> TypedRow:
    """The typed row in the reporting currency, without timestamps after as_of (valid_to apart)."""
    spec = TABLES[row.table]
    staged: TypedRow = {
        name: None
        if isinstance(value, Moment) and value.day > as_of and name != "valid_to"
        else value
        for name, value in row.values.items()
    }
    priced = orders[row.values["order_id"]] if spec.of_order else row
    if spec.money and priced.event is not None:
        rate = _rate_on(rates, priced.values["currency"], priced.event.day, settings)
        if rate is None:
            raise AssertionError("a row without a rate is rejected")
        for name in spec.money:
            if staged[name] is not None:
                with localcontext(prec=200):
                    staged[name] = to_decimal(staged[name] * rate, 38, 4)
    if row.table == "orders":
        status = (row.values["status"] or "").lower()
        staged["counted"] = status not in {word.lower() for word in settings.not_counted_statuses}
    return staged
