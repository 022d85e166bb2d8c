"""Write the seed of Solar Hijri (Jalali) months.

    python -m examples.calendar.make_jalali_months seeds/lookups/jalali_months.csv

Leap years follow Borkowski's break table, the rule that jalaali-js and its ports use. From the
break at year 1210 to the one at 1635 it is a plain 33-year cycle with eight leap years. In the
years written here it begins every year where the calendar in force in Iran does, on the day whose
noon follows the March equinox (the test computes it). The older 2820-year cycle does not: it would
make 1404 leap instead of 1403.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

FIRST_YEAR = 1300
LAST_YEAR = 1500
CYCLE_FIRST_YEAR = 1210  # the break that opens the 33-year cycle valid for FIRST_YEAR..LAST_YEAR
ANCHOR_YEAR = 1403
ANCHOR_START = date(2024, 3, 20)  # 1 Farvardin 1403
HEADER = ("jalali_year", "jalali_month", "month_start", "month_days")


def is_leap(jalali_year: int) -> bool:
    """Say whether the year has 366 days. Raise ValueError outside 1300-1500."""
    if not FIRST_YEAR <= jalali_year <= LAST_YEAR:
        raise ValueError(f"Jalali year {jalali_year} is outside {FIRST_YEAR}-{LAST_YEAR}")
    year_of_cycle = (jalali_year - CYCLE_FIRST_YEAR + 1) % 33
    return year_of_cycle % 4 == 1


def month_days(jalali_year: int, jalali_month: int) -> int:
    """Count the days of one month: six of 31, five of 30, Esfand 29 or (leap) 30."""
    if jalali_month <= 6:
        return 31
    if jalali_month <= 11 or is_leap(jalali_year):
        return 30
    return 29


def year_days(jalali_year: int) -> int:
    """Count the days of one year: 365 or 366."""
    return 366 if is_leap(jalali_year) else 365


def year_start(jalali_year: int) -> date:
    """Give the Gregorian date of 1 Farvardin, counted in whole years from the anchor."""
    if jalali_year >= ANCHOR_YEAR:
        return ANCHOR_START + timedelta(sum(map(year_days, range(ANCHOR_YEAR, jalali_year))))
    return ANCHOR_START - timedelta(sum(map(year_days, range(jalali_year, ANCHOR_YEAR))))


def months() -> Iterator[tuple[int, int, date, int]]:
    """Yield (year, month, Gregorian date of its first day, days) for every month, in order."""
    start = year_start(FIRST_YEAR)
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for month in range(1, 13):
            days = month_days(year, month)
            yield year, month, start, days
            start += timedelta(days)


def write(path: Path) -> None:
    """Write the months as CSV with a header, dates in ISO 8601, lines ended by a line feed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows((y, m, start.isoformat(), days) for y, m, start, days in months())


def main(arguments: list[str]) -> None:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(description="Write the seed of Solar Hijri months.")
    parser.add_argument("path", type=Path, help="the CSV file to write")
    write(parser.parse_args(arguments).path)


if __name__ == "__main__":
    main(sys.argv[1:])
