"""The processes of docs/production.md on PostgreSQL: a day in which all that can start, starts."""

import json
import os
import shutil
import signal
import socket
import socketserver
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import HTTPServer
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pytest

from bi.serving import answers, free_port, running
from orchestration.lock import is_alive
from orchestration.publish import PUBLICATION_COLUMNS, create_record
from orchestration.settings import PROJECT_DIR
from tests.orchestration.test_alerts import Hook, Mailbox, serving
from tests.orchestration.test_ui import BAD, GOOD

Found = TypeVar("Found")


def ask(port: int, query: str, **variables: Any) -> Any:
    """What a web server answers to a GraphQL query."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        data=json.dumps({"query": query, "variables": variables}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())["data"]


def wait_for(look: Callable[[], Found | None], what: str, seconds: float = 420) -> Found:
    """Look again and again until there is something; AssertionError where nothing comes."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(2)
    raise AssertionError(f"{what}: not within {seconds} s")


def is_listening(port: int) -> bool:
    """Whether something listens on a port."""
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


def publish_of_last_week(warehouse: Path) -> None:
    """A published file that has not been renewed for a week."""
    row = {
        "version": "1",
        "published_at": datetime.now(UTC).replace(tzinfo=None) - timedelta(days=7),
        "as_of": date(2026, 5, 1),
        "git_commit": None,
        "vars_fingerprint": "",
        "source": "another",
        "reporting_currency": "USD",
        "raw_files": "[]",
        "checks_run": 0,
        "checks_warned": "[]",
    }
    warehouse.mkdir()
    with closing(duckdb.connect(str(warehouse / "marts.duckdb"))) as connection:
        connection.execute("create schema quality")
        create_record(connection, "publication", "", PUBLICATION_COLUMNS)
        cells = ", ".join("?" * len(row))
        connection.execute(f"insert into quality.publication values ({cells})", [*row.values()])


class Production:
    """The servers, and questions to them."""

    def __init__(self, folder: Path, postgres_port: int, hook_port: int, mail_port: int) -> None:
        self.raw, self.warehouse = folder / "raw", folder / "warehouse"
        self.logs, home = folder / "logs", folder / "home"
        for each in (self.raw / "orders", self.logs, home):
            each.mkdir(parents=True)
        shutil.copy(PROJECT_DIR / "orchestration/dagster.production.yaml", home / "dagster.yaml")
        self.code, self.web, self.read_only = free_port(), free_port(), free_port()
        self.workspace = folder / "workspace.yaml"
        self.workspace.write_text(
            f"load_from: [{{grpc_server: {{host: 127.0.0.1, port: {self.code},"
            " location_name: marts}}]\n"
        )
        self.environment = {
            "DAGSTER_HOME": str(home),
            "RAW_DIR": str(self.raw),
            "WAREHOUSE_DIR": str(self.warehouse),
            "AS_OF": "",
            "RUN_AT": "",
            "VARS": "",
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": str(postgres_port),
            "DAGSTER_PG_USER": "dagster",
            "DAGSTER_PG_PASSWORD": "secret",
            "DAGSTER_PG_DB": "postgres",
            "ALERT_WEBHOOK_URL": f"http://127.0.0.1:{hook_port}/",
            "ALERT_SMTP_HOST": "127.0.0.1",
            "ALERT_SMTP_PORT": str(mail_port),
            "ALERT_SMTP_SECURITY": "none",
            "ALERT_MAIL_FROM": "marts@example.com",
            "ALERT_MAIL_TO": "team@example.com",
        }

    def commands(self) -> dict[str, list[str]]:
        """The commands of docs/production.md with the ports of this test."""
        workspace = ["-w", str(self.workspace)]
        web = ["dagster_webserver", *workspace, "--host", "127.0.0.1"]
        code = ["dagster", "code-server", "start", "-m", "orchestration.definitions"]
        return {
            "code": [*code, "--host", "127.0.0.1", "--port", str(self.code)],
            "daemon": ["dagster._daemon", "run", *workspace],
            "web": [*web, "--port", str(self.web)],
            "read-only": [*web, "--port", str(self.read_only), "--read-only"],
        }

    def selector(self, **name: str) -> dict[str, str]:
        """Where a job, schedule or sensor is found."""
        return {
            "repositoryLocationName": "marts",
            "repositoryName": "__repository__",
            **name,
        }

    def turn_on(self, port: int, sensor: str) -> Any:
        """Turn a sensor on; the type of the answer."""
        query = """mutation ($sensor: SensorSelector!) {
            startSensor(sensorSelector: $sensor) { __typename } }"""
        return ask(port, query, sensor=self.selector(sensorName=sensor))["startSensor"][
            "__typename"
        ]

    def runs(self) -> list[str]:
        """The states of the runs, newest first."""
        runs = ask(self.web, "{ runsOrError { ... on Runs { results { status } } } }")
        return [run["status"] for run in runs["runsOrError"]["results"]]

    def builder(self) -> int | None:
        """The process that is building now; None where none is."""
        noted = int((self.warehouse / ".lock").read_text() or 0)
        return noted if noted and is_alive(noted) else None

    def write(self, name: str, text: str) -> None:
        """Write a raw file that looks as if it had lain there for a minute."""
        path = self.raw / "orders" / name
        path.write_text(text)
        os.utime(path, (time.time() - 60, time.time() - 60))


def subjects() -> list[str]:
    """The subjects that the webhook has got so far."""
    return [body["subject"] for body in Hook.bodies]


@pytest.mark.soak
def test_a_day_in_production(postgres_port: int, tmp_path: Path) -> None:
    # Prevents: a documented command, sensor, schedule or alert that works in no real process.
    Hook.refusals, Hook.bodies, Mailbox.messages = 0, [], []
    with ExitStack() as stack:
        hook = stack.enter_context(serving(HTTPServer(("127.0.0.1", 0), Hook)))
        mail = stack.enter_context(serving(socketserver.TCPServer(("127.0.0.1", 0), Mailbox)))
        day = Production(tmp_path, postgres_port, hook, mail)
        publish_of_last_week(day.warehouse)
        day.write("a.csv", GOOD)
        for name, command in day.commands().items():
            log = day.logs / f"{name}.log"
            words = [sys.executable, "-m", *command]
            stack.enter_context(running(words, {**os.environ, **day.environment}, log))
            if name == "code":
                wait_for(partial(is_listening, day.code), "the code server")
        for port in (day.web, day.read_only):
            address = f"http://127.0.0.1:{port}/server_info"
            wait_for(partial(answers, address), "the web server")

        assert day.turn_on(day.read_only, "raw_files_changed") == "UnauthorizedError"
        for sensor in ("raw_files_changed", "alert_on_failure", "alert_on_stale_marts"):
            assert day.turn_on(day.web, sensor) == "Sensor"

        wait_for(lambda: "The published marts are stale" in subjects(), "the alert of old marts")
        wait_for(lambda: ticks(day), "the first look of the sensor")
        day.write("b.csv", BAD)
        wait_for(lambda: day.runs()[:1] == ["FAILURE"], "the run of the bad file")
        wait_for(lambda: "Not published: build failed" in subjects(), "the alert of the failure")
        assert "max_rejected_share_of_orders" in Hook.bodies[-1]["details"]
        assert any("Subject: Not published: build failed" in each for each in Mailbox.messages)

        (day.raw / "orders" / "b.csv").unlink()
        wait_for(lambda: day.runs()[:1] == ["SUCCESS"], "the run of the mended folder")
        assert freshness(day, "published_marts") == "HEALTHY"
        assert schedule(day) == (6, 0)

        day.write("c.csv", GOOD.replace("2026-05-", "2026-04-"))
        os.kill(wait_for(day.builder, "the run of the new file"), signal.SIGKILL)
        states = ["SUCCESS", "FAILURE", "SUCCESS", "FAILURE"]
        wait_for(lambda: day.runs() == states, "the second try of a run whose process died")


def ticks(day: Production) -> list[Any]:
    """The ticks of the sensor of raw files."""
    query = """query ($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) {
        ... on Sensor { sensorState { ticks { status } } } } }"""
    answer = ask(day.web, query, sensor=day.selector(sensorName="raw_files_changed"))
    found: list[Any] = answer["sensorOrError"]["sensorState"]["ticks"]
    return found


def freshness(day: Production, asset: str) -> str:
    """How fresh the daemon holds an asset to be."""
    query = """query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) {
        ... on AssetNode { freshnessStatusInfo { freshnessStatus } } } }"""

    def look() -> str | None:
        node = ask(day.web, query, key={"path": [asset]})["assetNodeOrError"]
        status = str(node["freshnessStatusInfo"]["freshnessStatus"])
        return None if status in ("UNKNOWN", "NOT_APPLICABLE") else status

    return wait_for(look, "the freshness", 120)


def schedule(day: Production) -> tuple[int, int]:
    """Hour and minute (UTC) at which the daily build will start, once it is on."""
    on = """mutation ($schedule: ScheduleSelector!) {
        startSchedule(scheduleSelector: $schedule) { __typename } }"""
    selector = day.selector(scheduleName="daily_build")
    started = ask(day.web, on, schedule=selector)["startSchedule"]["__typename"]
    assert started == "ScheduleStateResult"
    query = """query ($schedule: ScheduleSelector!) { scheduleOrError(scheduleSelector: $schedule) {
        ... on Schedule { scheduleState { nextTick { timestamp } } } } }"""
    state = ask(day.web, query, schedule=selector)["scheduleOrError"]["scheduleState"]
    moment = datetime.fromtimestamp(state["nextTick"]["timestamp"], UTC)
    return moment.hour, moment.minute
