"""Lists of random shops: who may not be contacted is in no file, and everybody else is."""

import csv
import hashlib
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.audiences import Member, make_export
from tests.audiences.published import exported, publish_members, rows_of, settings_in
from tests.reference.histories import History
from tests.reference.raw_rules import TypedRow
from tests.replay.harness import Replay

from .shops import CHOICES, SALT, dbt_vars, examples, reading, shops

SOAK = 100
CAP, DAYS, SHARE = 2, 7, 0.3
# Everybody, everywhere: what keeps somebody out of a file is then no rule of a list.
AUDIENCES = [
    {"audience": f"to_{destination}", "destination": destination, "when": "orders >= 0"}
    for destination in ("sms", "email", "push", "ads")
]
FLAGS = (None, "yes", "true", "no", "unknown")
EMAILS = (None, "Ann@Example.com", "ann@example.com ", "bob@example.com", "eve@example.com")
PHONES = (None, "+49 170 1234567", "+98 935 2174468")
MEDIA = (None, "email", "SMS", "push", "ads", "fax")


@cache
def built() -> Replay:
    """The warehouse with these lists."""
    chosen = {"audiences": AUDIENCES, "holdout_share": SHARE}
    cap = {"max_contacts_per_days": {"contacts": CAP, "days": DAYS}}
    return Replay(dbt_vars(*CHOICES[0]) | chosen | cap)


@st.composite
def contacted_shops(draw: st.DrawFn) -> tuple[History, list[dict[str, Any]]]:
    """A shop with consents, addresses, sends of the last days, and a suppression list."""
    history: History = draw(shops())
    history = replace(history, settings=CHOICES[0][0], variables=CHOICES[0][1])
    ids = sorted({row["customer_id"] for row in history.raw["orders"] if row["customer_id"]})
    last = max(date.fromisoformat(row["ordered_at"][:10]) for row in history.raw["orders"])
    history = replace(history, settings=replace(history.settings, as_of=last))
    customers = [
        {
            "customer_id": customer_id,
            "email": draw(st.sampled_from(EMAILS)),
            "phone": draw(st.sampled_from(PHONES)),
            **{f"{medium}_consent": draw(st.sampled_from(FLAGS)) for medium in ("email", "sms")},
            "push_consent": draw(st.sampled_from(FLAGS)),
            "_file": "customers.csv",
            "_row": number,
        }
        for number, customer_id in enumerate(draw(st.permutations([*ids, *ids[:2]])), start=1)
    ]
    sends = [
        {
            "send_id": f"m{number}",
            "campaign": "spring",
            "customer_id": draw(st.sampled_from([*ids, "reader"])),
            "medium": draw(st.sampled_from(MEDIA)),
            "variant": draw(st.sampled_from(("a", "a", "holdout"))),
            "sent_at": str(last - timedelta(days=draw(st.sampled_from((0, 1, DAYS - 1, DAYS))))),
            "unsubscribed_at": draw(st.sampled_from((None, None, None, str(last)))),
            "complained_at": draw(st.sampled_from((None, None, None, None, str(last)))),
            "_file": "campaign_sends.csv",
            "_row": number,
        }
        for number in range(draw(st.integers(0, 10)))
    ]
    suppressions = [
        {
            "customer_id": draw(st.sampled_from([None, *ids])),
            "email": draw(st.sampled_from((None, None, *EMAILS))),
            "phone": draw(st.sampled_from((None, None, *PHONES))),
            "medium": draw(st.sampled_from(MEDIA)),
            "_file": "suppressions.csv",
            "_row": number,
        }
        for number in range(draw(st.integers(0, 3)))
    ]
    raw = {**history.raw, "customers": customers, "campaign_sends": sends}
    return replace(history, raw=raw), suppressions


def same(one: str | None, other: str | None) -> bool:
    """Whether two raw values are one address or name."""
    return bool(one and other and one.strip().lower() == other.strip().lower())


def is_closed(
    profile: TypedRow, destination: str, sends: list[TypedRow], suppressions: list[dict[str, Any]]
) -> bool:
    """Whether a customer asked not to be reached there, or the list says so."""
    said = [
        row["medium"]
        for row in sends
        if row["customer_id"] == profile["customer_id"]
        and (row["unsubscribed_at"] or row["complained_at"])
    ]
    said += [
        row["medium"]
        for row in suppressions
        if row["customer_id"] == profile["customer_id"]
        or same(row["email"], profile["email"])
        or same(row["phone"], profile["phone"])
    ]
    closed = {(medium or "all").lower() for medium in said}
    return any(
        each == destination or each not in ("email", "sms", "push", "ads") for each in closed
    )


def is_drawn(audience: str, customer_id: str) -> bool:
    """Whether the salted draw holds a customer out of a list."""
    secret = hashlib.sha256(f"holdout{SALT}".encode()).hexdigest()
    digest = hashlib.sha256(f"{secret}|{audience}|{customer_id}".encode()).hexdigest()
    return int(digest[:8], 16) < int(SHARE * 2**32)


def expected_contacts(history: History, suppressions: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """(destination, customer) of everybody who may be contacted, reckoned from the staged rows."""
    read = reading(history)
    sends = read.staged["campaign_sends"]
    recent = Counter(
        row["customer_id"]
        for row in sends
        if row["variant"] != "holdout" and row["sent_at"].day > read.as_of - timedelta(days=DAYS)
    )
    found = set()
    for profile in read.staged["customers"]:
        contacts = recent[profile["customer_id"]]
        for rule in AUDIENCES:
            destination = rule["destination"]
            consent = profile[f"{'email' if destination == 'ads' else destination}_consent"]
            needed = {"email": "email", "ads": "email", "sms": "phone", "push": "customer_id"}
            is_reachable = (
                consent
                and profile[needed[destination]]
                and not is_closed(profile, destination, sends, suppressions)
            )
            if not is_reachable or is_drawn(rule["audience"], profile["customer_id"]):
                continue
            if contacts < CAP:
                found.add((destination, profile["customer_id"]))
            contacts += 1
    return found


def check(shop: tuple[History, list[dict[str, Any]]]) -> None:
    """Fail where the files hold anybody else than those who may be contacted."""
    history, suppressions = shop
    around = history.settings
    built().run({**history.raw, "suppressions": suppressions}, around.as_of, around.now, SALT)
    members = built().connection.execute(
        f"select {', '.join(Member._fields)} from customers.audience_members"
        " order by priority, customer_id"
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_in(Path(folder))
        assert around.as_of is not None
        with (settings.raw_dir / "customers.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["customer_id", "email", "phone"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(history.raw["customers"])
        publish_members(settings, around.as_of, [Member(*row) for row in members.fetchall()])
        make_export(settings, SALT, "csv", write=True)
        files = exported(settings)
    wanted = expected_contacts(history, suppressions)
    profiles = {row["customer_id"]: row for row in reading(history).staged["customers"]}
    for destination, address in (("email", "email"), ("sms", "phone"), ("push", "customer_id")):
        rows = rows_of(files.get(f"{destination}/to_{destination}.csv", b""))
        ids = [row["customer_id"] for row in rows]
        assert sorted(ids) == sorted(each for there, each in wanted if there == destination)
        assert all(same(row[address], profiles[row["customer_id"]][address]) for row in rows)
    hashes = [row["email_sha256"] for row in rows_of(files.get("ads/to_ads.csv", b""))]
    assert sorted(hashes) == sorted(
        hashlib.sha256(profiles[each]["email"].strip().lower().encode()).hexdigest()
        for there, each in wanted
        if there == "ads"
    )


@given(contacted_shops())
@examples(6)
def test_nobody_is_in_a_file_who_may_not_be_contacted(
    shop: tuple[History, list[dict[str, Any]]],
) -> None:
    check(shop)


@pytest.mark.soak
def test_nobody_is_in_a_file_of_many_random_shops_who_may_not_be_contacted() -> None:
    examples(SOAK, seed=False)(given(contacted_shops())(check))()
