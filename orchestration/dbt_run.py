"""Run dbt as a child process, as an engineer would, and tell what it said in plain words."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.lock import INHERITED, held_lock, take_lock
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

    `failures` counts the rows that a test found, `seconds` is how long a node took.
    """

    statuses: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

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
    result = read_results(settings.target_dir / "run_results.json")
    if process.returncode != 0:
        raise DbtFailedError("\n".join(failure_messages(result, errors)), result)
    return result


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


def read_results(path: Path) -> DbtResult:
    """The statuses and messages in run_results.json; empty where dbt did not get that far."""
    result = DbtResult()
    if path.exists():
        for node in json.loads(path.read_text(encoding="utf-8"))["results"]:
            result.statuses[node["unique_id"]] = node["status"]
            result.messages[node["unique_id"]] = node.get("message") or ""
            result.failures[node["unique_id"]] = int(node.get("failures") or 0)
            result.seconds[node["unique_id"]] = float(node.get("execution_time") or 0)
    return result


def failure_messages(result: DbtResult, errors: Sequence[str]) -> list[str]:
    """One message for each thing that went wrong, without dbt's decoration, none twice."""
    messages = [
        f"{node.split('.')[2]}: {plain(result.messages[node])}"
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
    """dbt's manifest of the last run."""
    manifest: Mapping[str, Any] = json.loads(
        (settings.target_dir / "manifest.json").read_text(encoding="utf-8")
    )
    return manifest
