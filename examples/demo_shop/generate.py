"""Writes the demo shop: `python -m examples.demo_shop.generate [OUT]`.

Without OUT the committed folder seeds/demo and examples/demo_shop/planted_truth.yml are written
anew; with OUT only that folder is written. The content is the same at every run.
"""

import argparse
import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from examples.demo_shop.dirt import CONSTANTS, HEADERS, LOOKUPS, soil
from examples.demo_shop.raw_files import Row
from examples.demo_shop.shop import open_shop
from examples.demo_shop.tables import keep_books
from examples.demo_shop.truth import Truth, reckon

HERE = Path(__file__).parent
DEMO_FOLDER = HERE.parents[1] / "seeds" / "demo"
TRUTH_FILE = HERE / "planted_truth.yml"
WITH_BYTE_ORDER_MARK = "marketing_spend.csv"


@dataclass(frozen=True, slots=True)
class Demo:
    """All files (name below the raw folder → content, not yet compressed) and the planted truth."""

    files: Mapping[str, bytes]
    truth: Truth


def yaml_lines(values: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Nested mappings of texts and numbers as YAML; every text is quoted."""
    for key, value in values.items():
        start = "  " * depth + (key if key.isidentifier() else json.dumps(key)) + ":"
        if isinstance(value, Mapping):
            yield start
            yield from yaml_lines(value, depth + 1)
        else:
            yield f"{start} {json.dumps(value)}"


def columns_file() -> str:
    """`columns.yml`: how this shop's headers meet the contract."""
    columns: dict[str, dict[str, Any]] = {table: dict(names) for table, names in HEADERS.items()}
    for table, constants in CONSTANTS.items():
        columns[table] = {column: {"constant": value} for column, value in constants.items()}
    return "\n".join(yaml_lines(columns)) + "\n"


def lookup_file(rows: list[Row]) -> str:
    """A lookup table as CSV; its columns are the first row's."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@cache
def build() -> Demo:
    """The whole demo in memory: files and truth from the same plan."""
    shop = open_shop()
    books = keep_books(shop)
    tables = soil(shop, books)
    texts = {file: table.text(file) for table in tables.values() for file in table.files}
    texts |= {f"{lookup}.csv": lookup_file(books.rows[lookup]) for lookup in LOOKUPS}
    texts["columns.yml"] = columns_file()
    files = {name: text.encode() for name, text in sorted(texts.items())}
    files[WITH_BYTE_ORDER_MARK] = b"\xef\xbb\xbf" + files[WITH_BYTE_ORDER_MARK]
    return Demo(files, reckon(shop, books, tables))


def truth_file(truth: Truth) -> str:
    """The planted truth as YAML with a word on where it comes from."""
    head = (
        "# What the marts must say of seeds/demo. Written by examples/demo_shop/generate.py from"
        "\n# what it planted, never from the warehouse. README.md here explains each part.\n"
    )
    return head + "\n".join(yaml_lines(truth)) + "\n"


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Writes the files below a folder; what ends with .gz is compressed, without a time in it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as raw:
            if name.endswith(".gz"):
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                    packed.write(content)
            else:
                raw.write(content)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Write the demo shop's raw folder.")
    parser.add_argument("out", nargs="?", type=Path, help="folder to write (default: seeds/demo)")
    out: Path | None = parser.parse_args().out
    demo = build()
    write(demo.files, out or DEMO_FOLDER)
    if out is None:
        TRUTH_FILE.write_text(truth_file(demo.truth), encoding="utf-8")
    size = sum(path.stat().st_size for path in (out or DEMO_FOLDER).rglob("*") if path.is_file())
    print(f"{len(demo.files)} files, {size / 1e6:.1f} MB in {out or DEMO_FOLDER}")


if __name__ == "__main__":
    main()
