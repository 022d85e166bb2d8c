"""Raw tables on their way to files, with the fate of every row written down as it is planned."""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field

from examples.demo_shop.dice import Dice

Row = dict[str, str]

STAGED = "staged"
SUPERSEDED = "superseded"
REJECTIONS = (
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


@dataclass(slots=True)
class RawTable:
    """One table's files (names below the raw folder) and how many of its rows meet which fate.

    `columns` are the contract's names, `headers` what the files call some of them; `layouts` holds
    the files that have other columns or another order than the rest.
    """

    columns: tuple[str, ...]
    headers: dict[str, str] = field(default_factory=dict)
    layouts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: dict[str, list[Row | str]] = field(default_factory=dict)
    fates: Counter[str] = field(default_factory=Counter)

    def append(self, file: str, row: Row, fate: str = STAGED) -> None:
        """Adds a row at the end of a file; a column that `row` lacks is blank."""
        self.files.setdefault(file, []).append(row)
        self.fates[fate] += 1

    def strew(self, dice: Dice, row: Row | str, reason: str) -> None:
        """Puts a row that will be rejected (or a bad line's text) anywhere into one of the files.

        Raises ValueError for a reason that the raw contract does not know.
        """
        if reason not in REJECTIONS:
            message = f"{reason} is no reason for a rejection"
            raise ValueError(message)
        lines = self.files[dice.pick(sorted(self.files))]
        lines.insert(dice.integer(0, len(lines)), row)
        self.fates[reason] += 1

    def text(self, file: str) -> str:
        """One file as CSV text with a header; bad lines go in as they are."""
        columns = self.layouts.get(file, self.columns)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([self.headers.get(column, column) for column in columns])
        for line in self.files[file]:
            if isinstance(line, str):
                out.write(line + "\n")
            else:
                writer.writerow([line.get(column, "") for column in columns])
        return out.getvalue()

    @property
    def raw_rows(self) -> int:
        """All rows of all files, headers apart."""
        return self.fates.total()

    @property
    def rejected(self) -> dict[str, int]:
        """Rejected rows a reason, in the order of the contract."""
        return {reason: self.fates[reason] for reason in REJECTIONS if self.fates[reason]}
