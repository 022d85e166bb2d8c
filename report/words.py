"""Words and numbers in the reader's language: labels, digits, percentages, names of periods."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

LABELS = Path(__file__).with_name("labels")
LANGUAGES = {"en": "English", "fa": "فارسی"}
Kind = Literal[
    "count",
    "money",
    "rate",
    "points",
    "ratio",
    "probability",
    "days",
    "text",
    "code",
    "date",
    "time",
    "bool",
]

PERSIAN_DIGITS = str.maketrans("0123456789.,%", "۰۱۲۳۴۵۶۷۸۹٫٬٪")
RATES = ("_rate", "share", "probability_alive", "stickiness", "_3_day_change")
NONE = "–"
MINUS = "−"


class UnknownLabelError(Exception):
    """A text that the label file of a language does not have; the message is its key."""


@cache
def read_labels(language: str) -> dict[str, str]:
    """Every text of a language by its key, as `section.name`."""
    tree = yaml.safe_load((LABELS / f"{language}.yml").read_text(encoding="utf-8"))
    return {
        f"{section}.{name}": str(text)
        for section, texts in tree.items()
        for name, text in texts.items()
    }


@dataclass(frozen=True)
class Words:
    """Everything that depends on the language."""

    language: str
    currency: str = ""

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`."""
        return self.text("language.direction")

    def text(self, key: str, **values: Any) -> str:
        """The text of a key with its values filled in; raises UnknownLabelError."""
        labels = read_labels(self.language)
        if key not in labels:
            raise UnknownLabelError(key)
        return self.isolated(labels[key].format(**values)) if values else labels[key]

    def isolated(self, text: str) -> str:
        """A text of words and numbers that keeps its order wherever it stands, in charts too."""
        return f"\u2067{text}\u2069" if self.language == "fa" else text

    def number_isolated(self, text: str) -> str:
        """A date or signed number that keeps its order among words that run from right to left."""
        return f"\u2066{text}\u2069" if self.language == "fa" else text

    def column(self, name: str) -> str:
        """A column's label; its own name in words where it has none."""
        return read_labels(self.language).get(f"column.{name}", name.replace("_", " "))

    def value(self, value: Any) -> str:
        """A code of the marts (segment, channel, state) in words; a shop's own value as it is."""
        if value is None:
            return NONE
        return read_labels(self.language).get(f"value.{value}", str(value))

    def digits(self, text: str) -> str:
        """A text of numbers in the digits of the language."""
        return text.translate(PERSIAN_DIGITS) if self.language == "fa" else text

    def number(self, value: Any, kind: Kind = "count", signed: bool = False) -> str:
        """A value as people read it; a null is a dash, never a zero."""
        if value is None:
            return NONE
        if kind == "text":
            return self.value(value)
        if kind == "code":
            return str(value)
        if kind == "bool":
            return self.text("word.yes" if value else "word.no")
        if kind in ("date", "time"):
            return self.day(value)
        number = float(value)
        size = abs(number)
        if kind == "rate":
            shown = f"{size:.1%}" if size < 10 else f"{size:,.0%}"
        elif kind == "points":
            shown = f"{size:,.1f}"
        elif kind == "ratio":
            shown = f"{size:,.2f}"
        elif kind == "probability":
            shown = f"{size:.3f}" if size >= 0.001 else "<0.001"
        elif kind == "money":
            shown = (
                short(size) if size >= 1e6 else f"{size:,.0f}" if size >= 1000 else f"{size:,.2f}"
            )
        else:
            shown = short(size) if size >= 1e7 else f"{size:,.1f}" if size % 1 else f"{size:,.0f}"
        is_zero = not any(digit in shown for digit in "123456789")
        sign = "" if is_zero else MINUS if number < 0 else "+" if signed else ""
        shown = self.digits(shown)
        for unit in ("million", "billion"):
            shown = shown.replace(unit, self.text(f"word.{unit}"))
        return self.number_isolated(f"{sign}{shown}") if sign else shown

    def day(self, value: date | datetime) -> str:
        """A Gregorian date, with its time (UTC) where it has one."""
        is_moment = isinstance(value, datetime)
        shown = f"{value:%Y-%m-%d %H:%M}" if is_moment else f"{value:%Y-%m-%d}"
        return self.number_isolated(self.digits(shown))

    def period(self, calendar: str, grain: str, year: int, quarter: int, month: int) -> str:
        """The name of a period, such as June 2026 or تیر ۱۴۰۵."""
        shown_year = self.digits(str(year))
        if grain == "year":
            return shown_year
        if grain == "quarter":
            return self.text("word.quarter", quarter=self.digits(str(quarter)), year=shown_year)
        return f"{self.text(f'month.{calendar}_{month}')} {shown_year}"

    def axis_label(self) -> str:
        """How an axis writes its numbers, as an expression of Vega: large ones short."""
        plain = "format(datum.value, '~r')"
        if self.language == "en":
            return f"abs(datum.value) >= 1000 ? format(datum.value, '~s') : {plain}"
        steps = [(10**9, "billion"), (10**6, "million"), (1000, "thousand")]
        cases = "".join(
            f"abs(datum.value) >= {size} ? format(datum.value / {size}, '~r') +"
            f" ' {self.text(f'word.{name}')}' : "
            for size, name in steps
        )
        return cases + plain

    def chart_locale(self) -> dict[str, Any]:
        """The numbers of charts: digits and separators, as Vega's locale wants them."""
        if self.language == "fa":
            marks = {"decimal": "٫", "thousands": "٬", "percent": "٪", "minus": MINUS}
            return {**marks, "numerals": list("۰۱۲۳۴۵۶۷۸۹"), "grouping": [3], "currency": ["", ""]}
        return {
            "decimal": ".",
            "thousands": ",",
            "percent": "%",
            "minus": MINUS,
            "grouping": [3],
            "currency": ["", ""],
        }


def short(size: float) -> str:
    """A large number in millions or billions, three digits or more."""
    return f"{size / 1e9:,.2f} billion" if size >= 1e9 else f"{size / 1e6:,.2f} million"


def kind_of(column: str, data_type: str) -> Kind:
    """How a column is written, from its name and SQL type."""
    if data_type.startswith("DECIMAL") or "clv" in column or column.endswith("_spend"):
        return "money"
    if data_type == "DATE":
        return "date"
    if data_type.startswith("TIMESTAMP"):
        return "time"
    if data_type == "BOOLEAN":
        return "bool"
    if column.startswith("share_") or column.endswith(RATES):
        return "rate"
    if column in ("nps", "ci_low", "ci_high", "standard_error"):
        return "points"
    if "days" in column:
        return "days"
    if data_type == "DOUBLE":
        return "ratio"
    return "text" if data_type == "VARCHAR" else "count"
