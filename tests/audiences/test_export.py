"""Exports: what is written, what an interrupted one leaves, what the next one compares with."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration import audiences
from orchestration.audiences import ExportRefusedError, Member, make_export
from orchestration.settings import Settings
from tests.replay.compiled import compiled
from tests.replay.harness import Replay

from .published import SALT, exported, publish_members, rows_of, salted, settings_in

MONDAY, TUESDAY = date(2026, 6, 29), date(2026, 6, 30)
PEOPLE = {
    "ann": (" Ann@Example.com ", "+49 170 1"),
    "bob": ("bob@example.com", "+49 170 2"),
    "cat": ("cat@example.com", ""),
}


def member(audience: str, destination: str, customer_id: str, status: str = "contact") -> Member:
    """One of PEOPLE on a list."""
    email, phone = PEOPLE[customer_id]
    hashes = (salted(email), salted(phone) if phone else None)
    return Member(audience, destination, customer_id, status, *hashes)


LISTS = [
    member("news", "email", "ann"),
    member("news", "email", "bob", "holdout"),
    member("news", "email", "cat", "suppressed"),
    member("call", "sms", "bob"),
    member("app", "push", "cat"),
    member("match", "ads", "ann"),
    member("match", "ads", "cat", "no_consent"),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A raw folder with PEOPLE, an outdated version of one among them, and LISTS published."""
    found = settings_in(tmp_path)
    lines = ["customer_id,signed_up_at,email,phone", "ann,2025-01-01,old@example.com,"]
    lines += [f"{name},2025-01-01,{email},{phone}" for name, (email, phone) in PEOPLE.items()]
    (found.raw_dir / "customers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    publish_members(found, TUESDAY, LISTS)
    return found


def test_each_destination_gets_its_contacts_and_nothing_else(settings: Settings) -> None:
    # Prevents: an address where an id or a hash is enough, and anybody who is no contact.
    make_export(settings, SALT, "csv", write=True)
    files = exported(settings)
    assert {name: rows_of(files[name]) for name in files if not name.startswith("records/")} == {
        "email/news.csv": [{"customer_id": "ann", "email": "Ann@Example.com"}],
        "sms/call.csv": [{"customer_id": "bob", "phone": "+49 170 2"}],
        "push/app.csv": [{"customer_id": "cat"}],
        "ads/match.csv": [{"email_sha256": hashlib.sha256(b"ann@example.com").hexdigest()}],
    }


def test_sends_come_back_as_raw_rows_with_the_holdout(settings: Settings) -> None:
    # Prevents: a list whose effect nobody can measure, because its hold-out is forgotten. The file
    # is put into a raw folder, and the warehouse reads it.
    make_export(settings, SALT, "csv", write=True)
    sends = rows_of(exported(settings)["records/campaign_sends.csv"])
    assert Counter((row["campaign"], row["variant"]) for row in sends) == {
        ("news", "contact"): 1,
        ("news", "holdout"): 1,
        ("call", "contact"): 1,
        ("app", "contact"): 1,
        ("match", "contact"): 1,
    }
    assert {row["sent_at"] for row in sends} == {"2026-07-01"}
    raw = [row | {"_file": "sends.csv", "_row": number} for number, row in enumerate(sends)]
    built = Replay({})
    now = datetime(2026, 9, 1, tzinfo=UTC)
    built.run({"orders": [], "campaign_sends": raw}, date(2026, 8, 31), now)
    judged = built.rows("metrics.experiments where campaign = 'news' and segment = 'all'")
    assert {(row["variant"], row["units"]) for row in judged} == {("contact", 1), ("holdout", 1)}
    assert {row["holdout_units"] for row in judged if row["variant"] == "contact"} == {1}


def test_a_dry_run_writes_nothing_and_needs_no_raw_folder(settings: Settings) -> None:
    # Prevents: files with addresses that nobody asked for.
    (settings.raw_dir / "customers.csv").unlink()
    export = make_export(settings, SALT, "csv", write=False)
    assert [each["contact"] for each in export.lists] == [1, 1, 1, 1]
    assert not (settings.warehouse_dir / "exports").exists()


def test_two_runs_on_a_day_give_the_same_files(settings: Settings) -> None:
    # Prevents: a second run of a day that compares with the first and finds that nobody is new.
    publish_members(settings, MONDAY, LISTS[:1])
    make_export(settings, SALT, "csv", write=True)
    publish_members(settings, TUESDAY, LISTS)
    make_export(settings, SALT, "csv", write=True)
    first = exported(settings)
    make_export(settings, SALT, "csv", write=True)
    assert exported(settings) == first
    audit = (settings.warehouse_dir / "exports/audit.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["as_of"] for line in audit] == [
        str(MONDAY),
        str(TUESDAY),
        str(TUESDAY),
    ]


def test_changes_are_told_against_the_last_export_of_an_earlier_day(settings: Settings) -> None:
    # Prevents: somebody who left a list and stays on it in the tool that sends.
    publish_members(settings, MONDAY, [*LISTS[:1], member("call", "sms", "ann")])
    make_export(settings, SALT, "csv", write=True)
    publish_members(settings, TUESDAY, LISTS)
    export = make_export(settings, SALT, "csv", write=True)
    rows = rows_of(exported(settings)["records/changes.csv"])
    assert {(row["audience"], row["customer_id"]): row["change"] for row in rows} == {
        ("news", "ann"): "kept",
        ("call", "ann"): "removed",
        ("call", "bob"): "added",
        ("app", "cat"): "added",
        ("match", "ann"): "added",
    }
    call = next(each for each in export.lists if each["audience"] == "call")
    assert (call["added"], call["removed"], call["kept"]) == (1, 1, 0)
    folders = [path for path in (settings.warehouse_dir / "exports").iterdir() if path.is_dir()]
    assert len({path.resolve() for path in folders}) == 2, "older addresses are removed"


def test_an_interrupted_export_leaves_the_previous_files_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Prevents: half a list that is sent as a whole one. The process dies before each step that
    # makes something durable, one after the other, and the next run ends what it began.
    publish_members(settings, MONDAY, LISTS[:1])
    make_export(settings, SALT, "csv", write=True)
    before = exported(settings)
    publish_members(settings, TUESDAY, LISTS)
    reached = 0
    while True:
        monkeypatch.setattr(audiences, "sync", dying_after(reached, audiences.sync))
        try:
            make_export(settings, SALT, "csv", write=True)
        except KeyboardInterrupt:
            monkeypatch.undo()
            assert exported(settings) == before or "sms/call.csv" in exported(settings)
            assert len(exported(settings)) in (len(before), 8)
            if exported(settings) == before:
                reached += 1
                continue
        monkeypatch.undo()
        break
    assert reached > 8
    make_export(settings, SALT, "csv", write=True)
    assert len(exported(settings)) == 8


def dying_after(calls: int, sync: Callable[[Path], None]) -> Callable[[Path], None]:
    """`sync`, that is stopped as by a signal at one of its calls."""
    left = [calls]

    def dying(path: Path) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        sync(path)

    return dying


def test_addresses_that_are_not_the_published_ones_are_refused(settings: Settings) -> None:
    # Prevents: an address that was changed, or withdrawn, after the consent was looked at.
    with pytest.raises(ExportRefusedError, match="1 of 1 addresses"):
        make_export(settings, "another salt", "csv", write=True)
    assert not (settings.warehouse_dir / "exports/current").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("customers.csv", "customer_id,email_consent\nann,no\n"),
        ("suppressions.csv", "customer_id\nann\n"),
        ("campaign_sends/new.csv", "send_id,unsubscribed_at\ns1,2026-07-01\n"),
    ],
)
def test_what_was_said_of_contacts_since_the_publication_stops_an_export(
    settings: Settings, name: str, content: str
) -> None:
    # Prevents: a mail to somebody who withdrew his consent, or was suppressed, after the build.
    path = settings.raw_dir / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ExportRefusedError, match=f"{name}.*make build"):
        make_export(settings, SALT, "csv", write=True)
    assert not (settings.warehouse_dir / "exports/current").exists()


def test_parquet_holds_the_same_rows(settings: Settings) -> None:
    # Prevents: a format that loses a list.
    make_export(settings, SALT, "parquet", write=True)
    path = settings.warehouse_dir / "exports/current/email/news.parquet"
    assert duckdb.sql(f"from '{path}'").fetchall() == [("ann", "Ann@Example.com")]


def test_nothing_published_is_said_in_one_line(tmp_path: Path) -> None:
    # Prevents: a stack trace on the first day.
    with pytest.raises(ExportRefusedError, match="nothing is published yet"):
        make_export(settings_in(tmp_path), SALT, "csv", write=False)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"audience": "a", "destination": "email", "when": "ordres > 1"}, "no column ordres"),
        ({"audience": "a", "destination": "fax", "when": "orders > 1"}, "destination fax"),
        ({"audience": "a", "destination": "ads", "when": "orders > 1; drop"}, "is a condition"),
        ({"audience": "A!", "destination": "ads", "when": "orders > 1"}, "small letters"),
    ],
)
def test_a_rule_that_cannot_be_read_is_named(rule: dict[str, str], says: str) -> None:
    # Prevents: a list that is empty because of a slip of the pen.
    with pytest.raises(AssertionError, match=says):
        compiled({"audiences": [rule]})
