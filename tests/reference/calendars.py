"""Both calendars in plain arithmetic: the period of a grain that holds a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

GREGORIAN, JALALI = "gregorian", "jalali"
CALENDARS = (GREGORIAN, JALALI)
GRAINS = ("month", "quarter", "year")
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Inclusive first and last day of a month, quarter or year of one calendar."""

    calendar: str
    grain: str
    start: date
    end: date


def jalali_is_leap(year: int) -> bool:
    """Eight leap years in each cycle of 33; right for the years 1300 to 1500."""
    return (25 * year + 11) % 33 < 8


@cache
def jalali_new_year(year: int) -> date:
    """The day of 1 Farvardin, counted from 1 Farvardin 1403 = 2024-03-20."""
    day = date(2024, 3, 20)
    for passed in range(1403, year):
        day += timedelta(days=366 if jalali_is_leap(passed) else 365)
    for ahead in range(year, 1403):
        day -= timedelta(days=366 if jalali_is_leap(ahead) else 365)
    return day


def first_of_month(calendar: str, year: int, month: int) -> date:
    """The first day of a month; month 13 is month 1 of the next year."""
    if month == 13:
        year, month = year + 1, 1
    if calendar == GREGORIAN:
        return date(year, month, 1)
    # Six months of 31 days, then months of 30.
    before = 31 * min(month - 1, 6) + 30 * max(month - 7, 0)
    return jalali_new_year(year) + timedelta(days=before)


def year_and_month(calendar: str, day: date) -> tuple[int, int]:
    """The year and the month (1-12) in which a day lies."""
    if calendar == GREGORIAN:
        return day.year, day.month
    year = day.year - 621
    if jalali_new_year(year) > day:
        year -= 1
    return year, max(m for m in range(1, 13) if first_of_month(calendar, year, m) <= day)


def month_index(calendar: str, day: date) -> int:
    """Months since year 0, so that a difference counts months of that calendar."""
    year, month = year_and_month(calendar, day)
    return 12 * year + month - 1


def period_of(calendar: str, grain: str, day: date) -> Period:
    """The period of that grain in which a day lies."""
    length = MONTHS_OF[grain]
    year, month = year_and_month(calendar, day)
    first = (month - 1) // length * length + 1
    start = first_of_month(calendar, year, first)
    end = first_of_month(calendar, year, first + length) - ONE_DAY
    return Period(calendar, grain, start, end)


def periods(calendar: str, grain: str, first_day: date, last_day: date) -> Iterator[Period]:
    """Every period from the one that holds `first_day` to the one that holds `last_day`."""
    while first_day <= last_day:
        period = period_of(calendar, grain, first_day)
        yield period
        first_day = period.end + ONE_DAY
