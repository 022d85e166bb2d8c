"""The Jalali seed against two libraries and the equinox: none shares code with its generator."""

import csv
import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import duckdb
import jdatetime
import pytest

from examples.calendar import make_jalali_months as generator

ROOT = Path(__file__).parents[2]
SEED = ROOT / "seeds" / "lookups" / "jalali_months.csv"

# Meeus, Astronomical Algorithms, table 27.C: amplitude (1e-5 days), phase and rate (degrees).
EQUINOX_TERMS = (
    (485, 324.96, 1934.136),
    (203, 337.23, 32964.467),
    (199, 342.08, 20.186),
    (182, 27.85, 445267.112),
    (156, 73.14, 45036.886),
    (136, 171.52, 22518.443),
    (77, 222.54, 65928.934),
    (74, 296.72, 3034.906),
    (70, 243.58, 9037.513),
    (58, 119.81, 33718.147),
    (52, 297.17, 150.678),
    (50, 21.02, 2281.226),
    (45, 247.54, 29929.562),
    (44, 325.15, 31555.956),
    (29, 60.93, 4443.417),
    (18, 155.12, 67555.328),
    (17, 288.79, 4562.452),
    (16, 198.04, 62894.029),
    (14, 199.76, 31436.921),
    (12, 95.39, 14577.848),
    (12, 287.11, 31931.756),
    (12, 320.81, 34777.259),
    (9, 227.73, 1222.114),
    (8, 15.45, 16859.074),
)
IRAN = timezone(timedelta(hours=3, minutes=30))
CLOCK_DRIFT = timedelta(seconds=70)  # dynamical less universal time now; 20 s to 200 s in range
UNDECIDED = timedelta(minutes=3)  # the drift's range and the formula's own error, together


def march_equinox(gregorian_year: int) -> datetime:
    """Give the March equinox in Iran standard time, right to about two minutes (Meeus, ch. 27)."""
    millennia = (gregorian_year - 2000) / 1000
    mean = (
        2451623.80984
        + 365242.37404 * millennia
        + 0.05169 * millennia**2
        - 0.00411 * millennia**3
        - 0.00057 * millennia**4
    )
    centuries = (mean - 2451545) / 36525
    anomaly = math.radians(35999.373 * centuries - 2.47)
    speed = 1 + 0.0334 * math.cos(anomaly) + 0.0007 * math.cos(2 * anomaly)
    terms = sum(
        size * math.cos(math.radians(phase + rate * centuries))
        for size, phase, rate in EQUINOX_TERMS
    )
    days_since_epoch = mean + 0.00001 * terms / speed - 2451545
    epoch = datetime(2000, 1, 1, 12, tzinfo=UTC)
    return (epoch + timedelta(days_since_epoch) - CLOCK_DRIFT).astimezone(IRAN)


@pytest.fixture(scope="module")
def seed() -> list[tuple[int, int, date, int]]:
    """Read the committed seed as typed rows, in file order."""
    with SEED.open(encoding="utf-8", newline="") as file:
        return [
            (
                int(row["jalali_year"]),
                int(row["jalali_month"]),
                date.fromisoformat(row["month_start"]),
                int(row["month_days"]),
            )
            for row in csv.DictReader(file)
        ]


def test_seed_holds_every_month_once_and_leaves_no_day_out(
    seed: list[tuple[int, int, date, int]],
) -> None:
    # A missing, doubled or overlapping month would drop or double the days of every mart.
    assert [row[:2] for row in seed] == [
        (year, month) for year in range(1300, 1501) for month in range(1, 13)
    ]
    assert len(seed) == 2412
    for (_, _, start, days), (_, _, next_start, _) in pairwise(seed):
        assert start + timedelta(days) == next_start


def test_seed_agrees_with_jdatetime_on_every_month(
    seed: list[tuple[int, int, date, int]],
) -> None:
    # One wrong leap year shifts every later month by a day.
    for year, month, start, days in seed:
        first_day = jdatetime.date(year, month, 1)
        assert first_day.togregorian() == start
        assert jdatetime.date.fromgregorian(date=start + timedelta(days - 1)) == jdatetime.date(
            year, month, days
        )


def test_seed_agrees_with_icu_on_every_month(seed: list[tuple[int, int, date, int]]) -> None:
    # ICU is a second implementation, written apart from jdatetime.
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute("set calendar = 'persian'")
    connection.execute(
        "create table days as select unnest(?::varchar[]) as first_day, "
        "unnest(?::varchar[]) as last_day",
        [
            [f"{start}T12:00:00Z" for _, _, start, _ in seed],
            [f"{start + timedelta(days - 1)}T12:00:00Z" for _, _, start, days in seed],
        ],
    )
    read = connection.execute(
        "select year(first_day::timestamptz), month(first_day::timestamptz), "
        "day(first_day::timestamptz), year(last_day::timestamptz), "
        "month(last_day::timestamptz), day(last_day::timestamptz) from days order by rowid"
    ).fetchall()
    assert read == [(year, month, 1, year, month, days) for year, month, _, days in seed]


def test_seed_begins_each_year_at_the_equinox(seed: list[tuple[int, int, date, int]]) -> None:
    # Both libraries use a 33-year rule: this is the law's own rule, the day whose noon follows.
    undecided = 0
    for year, month, start, _ in seed:
        if month == 1:
            equinox = march_equinox(year + 621)
            noon = datetime.combine(equinox.date(), time(12), IRAN)
            undecided += abs(equinox - noon) < UNDECIDED
            legal_start = equinox.date() if equinox < noon else equinox.date() + timedelta(1)
            assert start == legal_start or abs(equinox - noon) < UNDECIDED, year
    assert undecided <= 1


def test_seed_agrees_with_the_published_leap_year(
    seed: list[tuple[int, int, date, int]],
) -> None:
    # The 2820-year cycle calls 1404 leap, not 1403; the metric dictionary fixes both dates.
    starts = {(year, month): (start, days) for year, month, start, days in seed}
    assert starts[1403, 1] == (date(2024, 3, 20), 31)
    assert starts[1403, 12] == (date(2025, 2, 19), 30)
    assert starts[1403, 12][0] + timedelta(29) == date(2025, 3, 20)
    assert starts[1404, 1][0] == date(2025, 3, 21)


def test_seed_is_what_its_generator_writes(tmp_path: Path) -> None:
    # A seed edited by hand would drift from the arithmetic that explains it.
    again = tmp_path / "again.csv"
    generator.write(again)
    assert again.read_bytes() == SEED.read_bytes()


def test_generator_refuses_years_outside_the_checked_range() -> None:
    # Beyond the tested years the cycle may part ways with the calendar in force.
    with pytest.raises(ValueError, match="1501 is outside"):
        generator.is_leap(1501)
