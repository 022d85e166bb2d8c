"""Run dbt as a child process, as an engineer would, and tell what it said in plain words."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from orchestration.lock import INHERITED, held_lock, take_lock
from orchestration.quality.drift import SAMPLE_ROWS, rows_of
from orchestration.quality.judge import SHOWN_ROWS, as_json, readable
from orchestration.raw_files import quote
from orchestration.settings import PROJECT_DIR, Settings

NOISE = re.compile(
    r"\x1b\[[0-9;]*m|^\s*> (in macro|called by).*$|^\s*compiled code at.*$", re.MULTILINE
)
HEADINGS = re.compile(
    r"^\s*((Compilation|Runtime|Database|Parsing) Error in .*|Encountered an error:"
    r"|.*Compilation Error"
    r"|on-run-start failed, error:)\s*$",
    re.MULTILINE,
)


@dataclass
class DbtResult:
    """What a dbt run did: nodes by status, and the checks among them.

    `failures` counts the rows that a test found, `samples` has some of them where it failed or
    warned, `seconds` is how long a node took.
    """

    statuses: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    samples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def tests(self) -> dict[str, str]:
        """Status of each data test by its unique id."""
        return {node: status for node, status in self.statuses.items() if node.startswith("test.")}

    @property
    def warned(self) -> list[str]:
        """Unique ids of the data tests that warned."""
        return [node for node, status in self.tests.items() if status == "warn"]


class DbtFailedError(Exception):
    """dbt did not finish; the message is what went wrong, in the words of the models and macros."""

    def __init__(self, message: str, result: DbtResult | None = None) -> None:
        super().__init__(message)
        self.result = result or DbtResult()


def dbt_command(settings: Settings, arguments: Sequence[str]) -> list[str]:
    """The command line of dbt for these settings."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    command = [dbt, "--log-format", "json", *arguments]
    command += ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    command += ["--target-path", str(settings.target_dir)]
    if settings.variables:
        command += ["--vars", settings.variables]
    return command


def dbt_environment(settings: Settings, arguments: Sequence[str]) -> dict[str, str]:
    """The environment of dbt for these settings; the child inherits the writer's lock.

    A parse takes no lock that outlives it: a server that shows the project must not block builds.
    """
    if arguments[0] == "parse":
        descriptor = held_lock(settings.warehouse_dir)
    else:
        descriptor = take_lock(settings.warehouse_dir)
    return {
        **os.environ,
        "RAW_DIR": str(settings.raw_dir),
        "WAREHOUSE_DIR": str(settings.warehouse_dir),
        "AS_OF": settings.as_of,
        "KNOWN_AT": settings.known_at,
        "DBT_LOG_PATH": str(settings.warehouse_dir / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        INHERITED: "" if descriptor is None else str(descriptor),
    }


def run_dbt(
    settings: Settings,
    arguments: Sequence[str],
    on_progress: Callable[[int, int, str], None] | None = None,
    keep_raw_tables: bool = False,
) -> DbtResult:
    """Run dbt to its end; raises DbtFailedError with every error it met.

    `keep_raw_tables`: the raw relations of the run before serve again, nothing is registered.
    """
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    (settings.target_dir / "run_results.json").unlink(missing_ok=True)
    environment = dbt_environment(settings, arguments)
    environment["KEEP_RAW_TABLES"] = "1" if keep_raw_tables else ""
    errors: list[str] = []
    with subprocess.Popen(
        dbt_command(settings, arguments),
        cwd=PROJECT_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=[int(each) for each in [environment[INHERITED]] if each],
    ) as process:
        for line in process.stdout or ():
            read_event(line, errors, on_progress or (lambda *_: None))
    artifact = read_artifact(settings.target_dir / "run_results.json") or {}
    result = read_results(artifact)
    result.samples = sample_failures(settings.build_file, artifact)
    if process.returncode != 0:
        messages = failure_messages(result, errors) or [f"dbt {ending(process.returncode)}"]
        raise DbtFailedError("\n".join(messages), result)
    return result


def ending(code: int) -> str:
    """How a child that said nothing ended, in words."""
    if code >= 0:
        return f"ended with exit code {code} and no message"
    name = signal.Signals(-code).name
    memory = " (by hand, or because memory ran out)" if name == "SIGKILL" else ""
    return f"was stopped by the signal {name}{memory}"


def read_event(line: str, errors: list[str], on_progress: Callable[[int, int, str], None]) -> None:
    """Take what matters from one line of dbt's log: progress, warnings about input, errors."""
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        if line.strip():
            errors.append(line.strip())
        return
    info, data = event.get("info", {}), event.get("data", {})
    if info.get("level") == "error":
        errors.append(str(info.get("msg", "")))
    elif info.get("name") == "JinjaLogInfo" and str(info.get("msg", "")).startswith("RAW_DIR"):
        print(info["msg"])
    elif "total" in data and "index" in data and data.get("node_info", {}).get("node_finished_at"):
        on_progress(int(data["index"]), int(data["total"]), data["node_info"].get("node_name", ""))


def read_results(artifact: Mapping[str, Any]) -> DbtResult:
    """What run_results.json says of each node; nothing where dbt did not get that far."""
    result = DbtResult()
    for node in artifact.get("results", ()):
        unique_id, failures = node["unique_id"], int(node.get("failures") or 0)
        message = node.get("message") or ""
        if unique_id.startswith("test.") and node["status"] in ("fail", "warn"):
            message = f"{failures} {'row' if failures == 1 else 'rows'} found"
        result.statuses[unique_id] = node["status"]
        result.messages[unique_id] = message
        result.failures[unique_id] = failures
        result.seconds[unique_id] = float(node.get("execution_time") or 0)
    return result


def sample_failures(
    build_file: Path, artifact: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Some of the rows that each test found that failed or warned, by unique id."""
    found = [
        node
        for node in artifact.get("results", ())
        if node["unique_id"].startswith("test.")
        and node["status"] in ("fail", "warn")
        and node.get("compiled_code")
    ]
    if not found or not build_file.exists():
        return {}
    samples = {}
    with closing(duckdb.connect()) as connection:
        # The compiled SQL names the build file, by the name that dbt gives it.
        connection.execute(f"attach {quote(str(build_file))} as build (read_only); use build")
        for node in found:
            try:
                rows = rows_of(connection, f"from ({node['compiled_code']}\n) limit {SAMPLE_ROWS}")
            except duckdb.Error:
                continue  # A sample helps; that the test failed is told without it.
            samples[node["unique_id"]] = [readable(row) for row in rows]
    return samples


def read_artifact(path: Path) -> dict[str, Any] | None:
    """A JSON file that dbt wrote; None where there is none, or where dbt died while it wrote."""
    try:
        artifact: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return artifact


def failure_messages(result: DbtResult, errors: Sequence[str]) -> list[str]:
    """One message for each thing that went wrong, without dbt's decoration, none twice."""
    messages = [
        "\n".join(
            [
                f"{node.split('.')[2]}: {plain(result.messages[node])}",
                *(f"    {as_json(row)}" for row in result.samples.get(node, ())[:SHOWN_ROWS]),
            ]
        )
        for node, status in result.statuses.items()
        if status in ("error", "fail") and not node.startswith("operation.")
    ]
    if not messages:
        messages = [plain(error) for error in errors]
    seen: list[str] = []
    for message in filter(None, messages):
        if not any(message in other for other in seen):
            seen = [other for other in seen if other not in message] + [message]
    return seen


def plain(message: str) -> str:
    """A dbt message without colours, headings and pointers into macros."""
    text = HEADINGS.sub("", NOISE.sub("", message))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def read_manifest(settings: Settings) -> Mapping[str, Any]:
    """dbt's manifest of the last run; raises DbtFailedError where there is none."""
    path = settings.target_dir / "manifest.json"
    manifest = read_artifact(path)
    if manifest is None:
        raise DbtFailedError(f"{path}: no manifest that can be read")
    return manifest
