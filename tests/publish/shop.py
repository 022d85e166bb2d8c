"""A small shop whose every column holds an e-mail address, a phone number and free text somewhere,
and the command that builds and publishes it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.dbt_run import read_manifest
from orchestration.publish import publish
from orchestration.raw_files import raw_contract
from orchestration.settings import read_settings
from tests.raw.folder import ROOT, Content, csv_text

RUN_AT = "2026-07-01T12:00:00Z"
AS_OF = "2026-06-30"
SALT = "salt-of-the-canary"
SENDER = "sender@example-post.com"  # stands in names of files only: the user's own words
EMAIL = "Canary.Bird+tag@Example-Cage.com"
PHONE = "+98 935 217 4468"
FREE_TEXT = "zebrafinch wrote this"
# Ways in which they stand in files, by what they are. In a number column a phone number without
# spaces would be a number, in an id column one in national form an id.
CONTACTS = {
    "email": EMAIL,
    "upper": EMAIL.upper(),
    "encoded": EMAIL.replace("@", "%40"),
    "in text": f"ask {EMAIL}, or call {PHONE}!",
    "phone": PHONE,
    "dotted phone": "+98.935.217.4468",
    "phone in text": f"call {PHONE} now",
}
LABELS = {"national": "0935 217 4468", "national, close": "09352174468", "area": "(935) 217-4468"}
# Any of these, in any case, in a published file is a leak.
TRACES = [
    *("canary.bird", "example-cage", "935 217", "935.217", "9352174468", "217-4468"),
    *("zebrafinch", SALT),
]
BASE: dict[str, dict[str, str]] = {
    "orders": {"order_id": "", "customer_id": "ann", "ordered_at": "2026-06-01", "amount": "10"},
    "order_items": {"order_id": "shop 1", "line_number": "", "product_id": "p", "category": "c"},
    "refunds": {
        "refund_id": "",
        "order_id": "shop 1",
        "refunded_at": "2026-06-02",
        "amount": "1",
    },
    "customers": {
        "customer_id": "",
        "signed_up_at": "2026-05-01",
        "email": EMAIL,
        "phone": PHONE,
    },
    "sessions": {
        "session_id": "",
        "visitor_id": "v",
        "started_at": "2026-06-01",
        "customer_id": "ann",
    },
    "surveys": {
        "response_id": "",
        "customer_id": "ann",
        "responded_at": "2026-06-01",
        "score": "9",
    },
    "subscriptions": {
        "subscription_id": "",
        "valid_from": "2026-06-01",
        "customer_id": "ann",
        "mrr": "5",
    },
    "marketing_spend": {"spend_date": "2026-06-01", "channel": "search", "amount": "5"},
    "campaign_sends": {
        "send_id": "",
        "campaign": "spring",
        "customer_id": "ann",
        "variant": "a",
        "sent_at": "2026-06-01",
    },
    "social_daily": {"activity_date": "2026-06-01", "network": "x", "likes": "1"},
    "fx_rates": {"rate_date": "2026-05-01", "currency": "EUR", "rate": "1.1"},
}


def shop_rows(table: str) -> list[dict[str, str]]:
    """Some rows of an ordinary shop: what a leak would otherwise hide among."""
    rows = []
    for number in range(1, 7):
        row = {name: value or f"shop {number}" for name, value in BASE[table].items()}
        if table in ("orders", "customers"):
            row["customer_id"] = "ann bob cat".split()[number % 3]
        if table == "orders":
            row["ordered_at"] = f"2026-0{number}-15"
        rows.append(row)
    return rows


def canary_rows(table: str) -> list[dict[str, str]]:
    """A row for every column and every way: only that column differs from a good row."""
    rows = []
    key = next(iter(BASE[table]))
    for name, meta in raw_contract()[table]["columns"].items():
        ways = CONTACTS if meta["type"] == "id" else {**CONTACTS, **LABELS}
        if meta["type"] in ("money", "number", "count", "score", "rate"):
            ways = CONTACTS
        for way, value in ways.items():
            row = {**BASE[table], name: value, "note": f"{FREE_TEXT} {value}"}
            if key.endswith("_id") and name != key and table != "order_items":
                row[key] = f"{table} {name} {way}"
            if table == "order_items" and name != "line_number":
                row["line_number"] = f"{name} {way}"
            if table == "surveys":
                row["comment"] = FREE_TEXT
                # A reason longer than a code is free text, in a rejected row as well.
                row["reason"] = row.get("reason") or f"{FREE_TEXT} {'and on ' * 10}"
            rows.append(row)
    return rows


def raw_files() -> dict[str, Content]:
    """The raw folder: tables, lines that do not fit, lookups, and names of files."""
    files: dict[str, Content] = {}
    for table in BASE:
        names = [*raw_contract()[table]["columns"], "note", f"asked by {EMAIL}"]
        rows = [
            [row.get(name, "") for name in names]
            for row in [*shop_rows(table), *canary_rows(table)]
        ]
        bad_line = f'"{FREE_TEXT}",{EMAIL},{PHONE}\n'
        files[f"{table}/sent by {SENDER}.csv"] = csv_text(names, rows) + bad_line
    segments = [
        [recency, frequency, f"segment {recency}{frequency}"]
        for recency in range(1, 6)
        for frequency in range(1, 6)
    ]
    segments[24][2], segments[0][2], segments[4][2] = EMAIL, PHONE, f"{EMAIL} {PHONE}"
    files["rfm_segments.csv"] = csv_text(["recency_score", "frequency_score", "segment"], segments)
    files["channels.csv"] = csv_text(
        ["source_field", "value", "channel"],
        [
            [field, value, channel]
            for field in ("utm_source", "acquisition_channel", "channel", "network", "medium")
            for value, channel in [
                *((EMAIL, "mail"), (PHONE, "phone"), ("x", EMAIL), ("search", PHONE)),
            ]
        ],
    )
    files["kpi_targets.csv"] = csv_text(
        ["metric", "calendar", "period_grain", "period_start", "target", "direction", "owner"],
        [["revenue.net_revenue", "gregorian", "month", "2026-06-01", "9", "min", EMAIL]],
    )
    files["experiment_arms.csv"] = csv_text(
        ["campaign", "variant", "share"],
        [[EMAIL, "a", "0.5"], [EMAIL, PHONE, "0.5"]],
    )
    files[f"unknown {SENDER}.csv"] = ""
    return files


class Warehouse:
    """A warehouse folder with a build file and a published file."""

    def __init__(self, folder: Path, printed: str) -> None:
        self.folder = folder
        self.printed = printed
        self.marts = folder / "marts.duckdb"

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the published marts."""
        with duckdb.connect(str(self.marts.resolve()), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def publish(self) -> Path:
        """Publish the build file as it is."""
        settings = read_settings()
        assert settings.warehouse_dir == self.folder
        return publish(settings, read_manifest(settings), "commit", 1, [])

    def change_build(self, statement: str) -> None:
        """Change the build file, as if another run had left it."""
        with duckdb.connect(str(self.folder / "build.duckdb")) as connection:
            connection.execute(statement)


@dataclass(frozen=True)
class Built:
    """A finished `python -m orchestration.build`: its exit code and all that it printed."""

    code: int
    text: str


def build(raw: Path | str, warehouse: Path, **environment: str) -> Built:
    """Run the command behind `make build` in a folder of its own."""
    return finish(start_build(raw, warehouse, ROOT, **environment))


def start_build(
    raw: Path | str, warehouse: Path, project: Path = ROOT, **environment: str
) -> subprocess.Popen[str]:
    """Start the command behind `make build`, in a process group of its own."""
    settings: Mapping[str, str] = {
        "RAW_DIR": str(raw),
        "WAREHOUSE_DIR": str(warehouse),
        "AS_OF": AS_OF,
        "RUN_AT": RUN_AT,
        "PII_SALT": SALT,
        "COLUMNS": "500",
        "VARS": "",
        "ALLOW_OLDER": "",
        "DAGSTER_HOME": "",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "orchestration.build"],
        cwd=project,
        env={**os.environ, **settings, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> Built:
    """Wait for a build; stop it with all its children where it takes too long."""
    try:
        printed, _ = process.communicate(timeout=600)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return Built(process.returncode, printed)
