"""`make audiences`: the lists of the published marts as files, a folder a destination.

Who may be contacted is decided in SQL (customers.audience_members); here the lists are compared
with those of the last export, addresses are looked up, and all files are put in place by one
rename. Without EXPORT=1 nothing is written.
"""

import csv
import hashlib
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.lock import WarehouseBusyError, take_lock
from orchestration.publish import sync
from orchestration.raw_files import (
    Plan,
    RawInputError,
    find_files,
    match_table,
    quote,
    raw_contract,
    read_renames,
    registry_row,
    stem,
    table_statements,
)
from orchestration.settings import Settings, SettingsError, read_settings
from orchestration.versions import version_behind

FORMATS = ("csv", "parquet")
STATUSES = ("contact", "holdout", "over_cap", "no_consent", "no_address", "suppressed")
# What a file of a destination holds. Push goes by the shop's own id; advertisers match addresses by
# their plain SHA-256, which no other file and no mart has.
COLUMNS = {
    "email": ("customer_id", "email"),
    "sms": ("customer_id", "phone"),
    "push": ("customer_id",),
    "ads": ("email_sha256",),
}
SEND_COLUMNS = ("send_id", "campaign", "customer_id", "medium", "variant", "sent_at")
CHANGE_COLUMNS = ("audience", "destination", "customer_id", "change")
# The raw tables that say who may be contacted, and where.
CONSENT_TABLES = ("customers", "suppressions", "campaign_sends")
BLANKS = "e' \\t\\n\\r' || chr(11) || chr(12) || chr(160)"
# The raw address whose salted hash the published profile has: the version that counts, as of as_of.
ADDRESSES = """
select wanted.customer_id, min(trim(cast(brought.{address} as varchar), {blanks})) as address
from wanted
inner join raw.customers as brought
    on wanted.customer_id in (
        trim(cast(brought.customer_id as varchar), {blanks}),
        sha256({salt} || lower(trim(cast(brought.customer_id as varchar), {blanks})))
    )
    and wanted.{address}_hash
    = sha256({salt} || lower(trim(cast(brought.{address} as varchar), {blanks})))
group by wanted.customer_id
"""


class ExportRefusedError(Exception):
    """Nothing is exported; the message says why. What was exported before stays."""


# What refuses an export, or keeps it from being read or written.
EXPORT_ERRORS = (ExportRefusedError, RawInputError, SettingsError, WarehouseBusyError, OSError)


class Member(NamedTuple):
    """A row of customers.audience_members."""

    audience: str
    destination: str
    customer_id: str
    status: str
    email_hash: str | None
    phone_hash: str | None


@dataclass(frozen=True)
class Published:
    """What an export reads of a published version; `files` are the name, size and hash of each raw
    file that it was made of."""

    version: str
    as_of: date
    members: Sequence[Member]
    files: Collection[tuple[str, int, str]]

    def chosen(self, status: str) -> list[Member]:
        """The members of one status."""
        return [member for member in self.members if member.status == status]


@dataclass(frozen=True)
class Export:
    """An export of one day: its counts a list, and its folder where it was written."""

    published: Published
    lists: Sequence[Mapping[str, Any]]
    folder: Path | None


def exports_dir(settings: Settings) -> Path:
    """Where exports lie: a folder an export, `current` pointing at the newest, the audit."""
    return settings.warehouse_dir / "exports"


def export_format() -> str:
    """EXPORT_FORMAT, csv by default; SettingsError for another one."""
    chosen = os.environ.get("EXPORT_FORMAT") or "csv"
    if chosen not in FORMATS:
        raise SettingsError(f"EXPORT_FORMAT {chosen}: not one of {', '.join(FORMATS)}")
    return chosen


def published_version(settings: Settings) -> Path:
    """The versioned file behind the published one: it stays whole while a build publishes.

    Raises ExportRefusedError where nothing is published.
    """
    path = version_behind(settings.published_file) if settings.published_file.exists() else None
    if path is None:
        message = f"{settings.published_file}: nothing is published yet; run make build"
        raise ExportRefusedError(message)
    return path


def read_published(path: Path) -> Published:
    """The members of every list in a published version, in one order."""
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        version, as_of, files = connection.execute(
            "select version, as_of, raw_files from quality.publication"
            " order by version desc limit 1"
        ).fetchall()[0]
        rows = connection.execute(
            f"select {', '.join(Member._fields)} from customers.audience_members"
            " order by priority, customer_id"
        ).fetchall()
    known = {(name, size, content) for name, size, content in json.loads(files)}
    return Published(version, as_of, [Member(*row) for row in rows], known)


def consent_files(raw_dir: Path) -> set[tuple[str, int, str]]:
    """Name, size and hash of the files of CONSENT_TABLES. Raises RawInputError where they cannot
    be read."""
    plan = Plan()
    found = find_files(raw_dir, CONSENT_TABLES, plan)
    if plan.errors:
        raise RawInputError("\n".join(plan.errors))
    rows = [registry_row(file) for files in found.values() for file in files]
    return {(row["file_name"], row["size_bytes"], row["content_hash"]) for row in rows}


def refuse_changed_consent(raw_dir: Path, published: Published) -> None:
    """Raise ExportRefusedError where who may be contacted was written since the publication: a
    consent that was withdrawn, a suppression, an unsubscription."""
    known = {file for file in published.files if stem(file[0].partition("/")[0]) in CONSENT_TABLES}
    changed = sorted({name for name, _, _ in known ^ consent_files(raw_dir)})
    if changed:
        raise ExportRefusedError(
            f"RAW_DIR {raw_dir}: {', '.join(changed)}: not as the published version was made of"
            " it. Who may be contacted may be another now: run make build."
        )


def read_addresses(raw_dir: Path, members: Sequence[Member], salt: str) -> dict[str, str]:
    """E-mail address or phone number of each member by customer, as their destination needs.

    Only rows of these members are looked at, and only an address with the published hash counts.
    Raises ExportRefusedError where one is not found, RawInputError where files cannot be read.
    """
    address = "phone" if members[0].destination == "sms" else "email"
    contract = raw_contract()
    names = ("customer_id", "email", "phone")
    spec = {"columns": {name: contract["customers"]["columns"][name] for name in names}}
    renames = read_renames(raw_dir, contract).get("customers", {})
    plan = Plan()
    files = find_files(raw_dir, ["customers"], plan)["customers"]
    with closing(duckdb.connect()) as connection:
        kept = {name: source for name, source in renames.items() if name in names}
        table = match_table("customers", files, spec, kept, plan, connection)
        if plan.errors:
            raise RawInputError("\n".join(plan.errors))
        for statement in ("create schema raw", *table_statements(table, None)):
            connection.execute(statement)
        connection.execute(
            "create table wanted (customer_id varchar, email_hash varchar, phone_hash varchar)"
        )
        rows = {(each.customer_id, each.email_hash, each.phone_hash) for each in members}
        connection.executemany("insert into wanted values (?, ?, ?)", sorted(rows, key=str))
        query = ADDRESSES.format(address=address, blanks=BLANKS, salt=quote(salt))
        found: dict[str, str] = dict(connection.execute(query).fetchall())
    missing = len(rows) - len(found)
    if missing:
        raise ExportRefusedError(
            f"RAW_DIR {raw_dir}: {missing} of {len(rows)} addresses ({address}) are not the"
            " published ones. It is another folder or has changed since the publication (run make"
            " build), or PII_SALT is another one."
        )
    return found


def destination_rows(
    destination: str, members: Sequence[Member], addresses: Mapping[str, str]
) -> list[tuple[str, ...]]:
    """The rows of one list as its destination takes them."""
    if destination == "push":
        return [(member.customer_id,) for member in members]
    if destination == "ads":
        plain = (addresses[member.customer_id].strip().lower() for member in members)
        return sorted((hashlib.sha256(each.encode()).hexdigest(),) for each in plain)
    return [(member.customer_id, addresses[member.customer_id]) for member in members]


def send_rows(published: Published) -> list[tuple[str, ...]]:
    """The export as rows of the raw table campaign_sends, hold-outs among them: put into RAW_DIR
    they make metrics.experiments judge the lists. The day of the send is the one after as_of."""
    sent_on = published.as_of + timedelta(days=1)
    rows: list[tuple[str, ...]] = []
    for member in published.members:
        if member.status in ("contact", "holdout"):
            key = f"{member.audience}|{member.customer_id}|{sent_on}"
            send_id = hashlib.sha256(key.encode()).hexdigest()[:24]
            who = (member.audience, member.customer_id, member.destination, member.status)
            rows.append((send_id, *who, str(sent_on)))
    return rows


def base_of(folder: Path, as_of: date) -> str | None:
    """The folder of the export to compare with: the current one, or, where that is of the same day
    and will be replaced, what that one was compared with. None before the first."""
    link = folder / "current"
    if not link.is_symlink():
        return None
    name: str | None = link.readlink().name
    if name is not None and name[:10] == str(as_of):
        name = json.loads((folder / name / "records/export.json").read_text("utf-8"))["base"]
    is_earlier = name is not None and name[:10] < str(as_of) and (folder / name).is_dir()
    return name if is_earlier else None


def contacted_by(export: Path) -> set[tuple[str, str, str]]:
    """(audience, destination, customer) of everybody whom an export contacted."""
    with (export / "records/contacts.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["audience"], row["destination"], row["customer_id"])
            for row in csv.DictReader(file)
        }


def changes(
    contacts: set[tuple[str, str, str]], earlier: set[tuple[str, str, str]]
) -> list[tuple[str, ...]]:
    """Who was added, removed or kept since the last export, in one order."""
    return sorted(
        (*each, "kept" if each in earlier and each in contacts else side)
        for side, those in (("added", contacts), ("removed", earlier - contacts))
        for each in those
    )


def list_counts(
    published: Published, moved: Sequence[tuple[str, ...]]
) -> list[dict[str, str | int]]:
    """One entry a list: its members by status, and its changes."""
    members = Counter((each.audience, each.destination, each.status) for each in published.members)
    kinds = Counter((each[0], each[1], each[3]) for each in moved)
    lists = dict.fromkeys([*(key[:2] for key in members), *(key[:2] for key in kinds)])
    return [
        {"audience": audience, "destination": destination}
        | {status: members[audience, destination, status] for status in STATUSES}
        | {change: kinds[audience, destination, change] for change in ("added", "removed", "kept")}
        for audience, destination in lists
    ]


def make_export(settings: Settings, salt: str, file_format: str, write: bool) -> Export:
    """Compare the published lists with the last export and, with `write`, put the files in place.

    Raises ExportRefusedError, RawInputError or WarehouseBusyError; the files of the last export
    stay then, as they do where the process is killed.
    """
    published = read_published(published_version(settings))
    folder = exports_dir(settings)
    if write:
        folder.mkdir(mode=0o700, exist_ok=True)
        take_lock(folder)
    contacts = published.chosen("contact")
    keys = {(each.audience, each.destination, each.customer_id) for each in contacts}
    base = base_of(folder, published.as_of)
    moved = changes(keys, contacted_by(folder / base) if base else set())
    counts = list_counts(published, moved)
    if not write:
        return Export(published, counts, None)
    refuse_changed_consent(settings.raw_dir, published)
    files: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]] = {}
    for destination, columns in COLUMNS.items():
        there = [each for each in contacts if each.destination == destination]
        addresses = {}
        if there and destination != "push":
            addresses = read_addresses(settings.raw_dir, there, salt)
        for audience in dict.fromkeys(each.audience for each in there):
            members = [each for each in there if each.audience == audience]
            rows = destination_rows(destination, members, addresses)
            files[f"{destination}/{audience}.{file_format}"] = columns, rows
    files["records/contacts.csv"] = CHANGE_COLUMNS[:3], sorted(keys)
    files["records/changes.csv"] = CHANGE_COLUMNS, moved
    files["records/campaign_sends.csv"] = SEND_COLUMNS, send_rows(published)
    return Export(published, counts, put_in_place(folder, published, base, counts, files))


def asked_export(write: bool = False) -> Export:
    """The export that the environment asks for; `write` writes it whatever EXPORT says.

    Raises one of EXPORT_ERRORS.
    """
    write = write or os.environ.get("EXPORT") == "1"
    return make_export(read_settings(), os.environ.get("PII_SALT", ""), export_format(), write)


def put_in_place(
    folder: Path,
    published: Published,
    base: str | None,
    counts: Sequence[Mapping[str, Any]],
    files: Mapping[str, tuple[tuple[str, ...], Sequence[tuple[str, ...]]]],
) -> Path:
    """Write a new export beside the others, note it in the audit, point `current` at it."""
    digest = hashlib.sha256(json.dumps([base, files], sort_keys=True).encode()).hexdigest()[:12]
    place = folder / f"{published.as_of}-{digest}"
    for leftover in folder.glob(".*.unfinished"):
        shutil.rmtree(leftover)
    if not place.is_dir():
        scratch = folder / f".{place.name}.unfinished"
        scratch.mkdir(mode=0o700)
        for destination in (*COLUMNS, "records"):
            (scratch / destination).mkdir()
        for name, (columns, rows) in files.items():
            write_rows(scratch / name, columns, rows)
        (scratch / "records/export.json").write_text(json.dumps({"base": base}) + "\n", "utf-8")
        sync(scratch / "records/export.json")
        for path in (*scratch.iterdir(), scratch):
            sync(path)
        scratch.rename(place)
        sync(folder)
    note(folder, published, place, counts)
    link = folder / ".current"
    link.unlink(missing_ok=True)
    link.symlink_to(place.name)
    link.replace(folder / "current")
    sync(folder)
    prune(folder, place, base)
    return place


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a durable file that only its owner may read, as CSV or Parquet by its name."""
    path.touch(mode=0o600)
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
    else:
        with closing(duckdb.connect()) as connection:
            types = ", ".join(f"{column} varchar" for column in columns)
            connection.execute(f"create table rows ({types})")
            connection.executemany(
                f"insert into rows values ({', '.join('?' * len(columns))})", rows
            )
            connection.execute(f"copy rows to {quote(str(path))} (format parquet)")
    sync(path)


def note(
    folder: Path, published: Published, place: Path, counts: Sequence[Mapping[str, Any]]
) -> None:
    """Add one line to the audit: what was exported when, from which version."""
    line = {
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "as_of": str(published.as_of),
        "version": published.version,
        "folder": place.name,
        "lists": counts,
    }
    path = folder / "audit.jsonl"
    path.touch(mode=0o600)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    sync(path)


def prune(folder: Path, place: Path, base: str | None) -> None:
    """Remove all exports but the present one and the one that it was compared with: addresses lie
    about no longer than they must."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink() and path.name not in (place.name, base):
            shutil.rmtree(path)


def show(export: Export, console: Console) -> None:
    """Print the lists and what became of them."""
    columns = ["audience", "destination", *STATUSES, "added", "removed", "kept"]
    table = Table(*columns, title=f"Lists as of {export.published.as_of}", title_justify="left")
    for each in export.lists:
        table.add_row(*(str(each[column]) for column in columns))
    console.print(table)
    if export.folder is None:
        console.print("Dry run: nothing is written. EXPORT=1 writes the files.")
    else:
        console.print(f"Exported to {export.folder}", soft_wrap=True)


def main() -> int:
    """Export, or say what an export would do; returns the exit code."""
    console = Console(width=max(Console().width, 150))
    try:
        export = asked_export()
    except EXPORT_ERRORS as error:
        console.print(f"Not exported. {error}", style="red", highlight=False, markup=False)
        return 1
    show(export, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
