"""A published version with only what an export reads, and the files that an export makes of it."""

import csv
import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb

from orchestration.audiences import Member, consent_files
from orchestration.settings import Settings

SALT = "pepper"


def salted(value: str) -> str:
    """The hash that staging makes of contact data."""
    return hashlib.sha256((SALT + value.strip().lower()).encode()).hexdigest()


def settings_in(folder: Path) -> Settings:
    """Settings of a warehouse and a raw folder below a folder."""
    (folder / "warehouse" / "versions").mkdir(parents=True, exist_ok=True)
    (folder / "raw").mkdir(exist_ok=True)
    return Settings(folder / "raw", folder / "warehouse", "", "", False)


def publish_members(settings: Settings, as_of: date, members: Sequence[Member]) -> None:
    """Make these members, in this order of importance, the published ones, of the raw folder as it
    is now."""
    path = settings.warehouse_dir / "versions" / f"marts-{as_of}.duckdb"
    path.unlink(missing_ok=True)
    names = ", ".join(f"{name} varchar" for name in Member._fields)
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("create schema quality; create schema customers")
        connection.execute(
            f"create table quality.publication as"
            f" select 'v' as version, date '{as_of}' as as_of, cast(? as varchar) as raw_files",
            [json.dumps(sorted(consent_files(settings.raw_dir)))],
        )
        connection.execute(f"create table customers.audience_members ({names}, priority bigint)")
        connection.executemany(
            "insert into customers.audience_members values (?, ?, ?, ?, ?, ?, ?)",
            [(*member, number) for number, member in enumerate(members)],
        )
    settings.published_file.unlink(missing_ok=True)
    settings.published_file.hardlink_to(path)


def exported(settings: Settings) -> dict[str, bytes]:
    """The files of the current export by name."""
    current = settings.warehouse_dir / "exports" / "current"
    return {
        str(path.relative_to(current)): path.read_bytes()
        for path in sorted(current.rglob("*"))
        if path.is_file()
    }


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(content.decode("utf-8").splitlines()))
