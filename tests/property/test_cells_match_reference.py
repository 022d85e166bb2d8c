"""Every way to write a moment, a number or a consent is read as the reference reads it.

One value a row, hundreds of rows a replay: what no random shop would write in a thousand years.
"""

import random
from collections.abc import Sequence
from datetime import UTC
from itertools import product
from typing import Any

import pytest

from tests.reference.histories import History
from tests.reference.raw_rules import read_moment, read_number

from .shops import CHOICES, reading, replay

DAYS = (
    "2024-03-10 2024-11-03 2022-03-22 2022-09-21 1921-03-20 1921-03-21 2024-02-30 2024-02-29"
    " 0000-01-01 0001-01-01 9999-12-31 2026-02-09 2026-02-10 2026-02-11 20240310 2024-3-1"
    " 2024-W10-1 +2024-03-10 12024-03-10"
).split()
CLOCKS = [
    *("", " 10:00:00", "  10:00", "T 10:00"),
    *"T00:00 T00:30:00 T02:30:00 t01:30 T23:30 T23:59:59.999999 T23:59:59.9999999".split(),
    *"T10:00:00.5 T24:00 T24:00:00 T24:00:01 T10:60 T10:00:60 T10 T1000 T10:00:00,5".split(),
    *"T10:00:00. T09:30 T09:30:01".split(),
]
OFFSETS = [
    *("", " Z", " +03:30", " Europe/Paris"),
    *"Z z +00:00 -00:00 +03:30 +0330 +03 -05:00 +14:00 +23:59 +24:00 +03:60".split(),
    *"+3:30 -0430 UTC".split(),
]
ODD_MOMENTS = (
    "infinity epoch now today 2024/01/01 01.02.2024 2024-01-01(BC) \u0662024-01-01".split()
)
NUMBERS = (
    "1 -0 +5 5. .5 . - .e1 1e 1e5 1E5 1e+5 1e-5 1e400 1e-400 99999999999999.9999"
    " 99999999999999.99994 99999999999999.99995 100000000000000 0.00005 0.00004999 0.00015 1.00005"
    " -0.00004 -0.00005 1_000 1,000 1.5.2 0x10 inf NaN infinity 1e14 9.99999999999999999e13"
    " 123456789012345678901234567890 1e-39 1e38 12345678901234.56785 1d $5 5% (5) --5 +-5 1e1.5"
    " 0.000049999999999999999999999999999999999999999999 \u0661 \uff11 \u00a01\u00a0"
).split(" ")
WORDS = "TRUE t Yes y 1 on False f NO n 0 off unknown maybe null none 2 10 ja \u00a0yes".split(" ")
BLANKS = (None, "", " ", "\t", "\u00a0", " 1 ", "1 2")


def rows(values: Sequence[str | None], **cells: Any) -> list[dict[str, Any]]:
    """A row for each value; a cell that is `...` holds it, `#` holds the row's number."""
    return [
        {"_file": "values.csv", "_row": number}
        | {
            name: value if cell is ... else str(number) if cell == "#" else cell
            for name, cell in cells.items()
        }
        for number, value in enumerate(values)
    ]


def moments() -> list[str | None]:
    """A thousand combinations of day, clock and offset, and what is no moment at all."""
    combined = ["".join(parts) for parts in product(DAYS, CLOCKS, OFFSETS)]
    return [*random.Random(7).sample(combined, 1_000), *DAYS, *ODD_MOMENTS, *BLANKS]


@pytest.mark.parametrize("choice", range(len(CHOICES)))
def test_values_are_read_as_the_reference_reads_them(choice: int) -> None:
    # A value read otherwise moves an order to another day or its money to another size.
    around, variables = CHOICES[choice]
    numbers = [*NUMBERS, *BLANKS]
    types = ("nps", "csat", "other", None)
    raw = {
        "orders": rows(moments(), order_id="#", ordered_at=..., amount="1"),
        "marketing_spend": rows(numbers, spend_date="2024-01-01", channel="#", amount=...),
        "fx_rates": rows(numbers, rate_date="2024-01-01", currency="#", rate=...),
        "sessions": rows(
            numbers, session_id="#", visitor_id="v", started_at="2024-01-01", page_views=...
        ),
        "customers": rows([*WORDS, *BLANKS], customer_id="#", email_consent=...),
        "surveys": [
            row
            | {"_file": f"{kind}.csv", "response_id": f"{kind}{row['_row']}", "survey_type": kind}
            for kind in types
            for row in rows(
                [*numbers, "11", "10", "7.5", "-1"], responded_at="2024-01-01", score=...
            )
        ],
    }
    history = History(raw, around, variables)
    built = replay(history)
    ledgers = {
        (table, row["file_name"], row["file_row"]): row
        for table in raw
        for row in built.rows(f"staging.{table}_ledger")
    }
    cells = {(table, row["_file"], row["_row"]): row for table in raw for row in raw[table]}
    for verdict in reading(history).verdicts:
        at = (verdict.table, verdict.file, verdict.row)
        found = ledgers[at]
        assert found["rejection"] == verdict.reason, cells[at]
        if verdict.reason is None and verdict.table == "orders":
            moment = read_moment(cells[at]["ordered_at"].strip(), around)
            expected = (moment.instant.astimezone(UTC).replace(tzinfo=None), moment.day)
            assert (found["ordered_at"], found["event_date"]) == expected, cells[at]
        if verdict.reason is None and verdict.table == "marketing_spend":
            number = read_number(cells[at]["amount"].strip())
            assert found["amount"] == number, cells[at]
    assert ledgers.keys() == cells.keys()
