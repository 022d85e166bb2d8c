"""Where things are and what a run was asked for: the environment, read in one place."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

PROJECT_DIR = Path(__file__).resolve().parent.parent
PUBLISHED = "marts.duckdb"


class SettingsError(Exception):
    """A setting that the user can mend; the message names it."""


@dataclass(frozen=True)
class Settings:
    """What a run works on; `warehouse_dir` holds the build file and the published versions."""

    raw_dir: Path
    warehouse_dir: Path
    as_of: str
    variables: str
    allow_older: bool
    keep_published: int = 3
    known_at: str = ""

    @property
    def build_file(self) -> Path:
        """The DuckDB file that dbt writes; never read by a consumer."""
        return self.warehouse_dir / "build.duckdb"

    @property
    def published_file(self) -> Path:
        """The DuckDB file that consumers read."""
        return self.warehouse_dir / PUBLISHED

    @property
    def history_file(self) -> Path:
        """The DuckDB file of the marts as known at past month ends."""
        return self.warehouse_dir / "history.duckdb"

    @property
    def report_file(self) -> Path:
        """The page that tells what the checks of the last run found."""
        return self.warehouse_dir / "quality_report.html"

    @property
    def overview_file(self) -> Path:
        """The page that shows the published marts at a glance, for mail and archives."""
        return self.warehouse_dir / "overview.html"

    @property
    def target_dir(self) -> Path:
        """dbt's artifacts of this warehouse."""
        return self.warehouse_dir / "target"


def read_settings() -> Settings:
    """The settings of this process; relative folders are below the project, as for plain dbt.

    Raises SettingsError where KEEP_PUBLISHED is no count, MEMORY_LIMIT no size, or VARS are not
    what the project's vars may be.
    """
    memory = os.environ.get("MEMORY_LIMIT") or "8GB"
    if not re.fullmatch(r"\d+(\.\d+)? ?([KMGT]i?B|%)", memory, re.IGNORECASE):
        raise SettingsError(f"MEMORY_LIMIT {memory}: not a size like 8GB")
    check_variables(os.environ.get("VARS", ""))
    keep_published = os.environ.get("KEEP_PUBLISHED") or "3"
    if not keep_published.isdecimal() or int(keep_published) < 1:
        raise SettingsError(f"KEEP_PUBLISHED {keep_published}: not a whole number from 1")
    return Settings(
        raw_dir=PROJECT_DIR / os.environ.get("RAW_DIR", "seeds/demo"),
        warehouse_dir=PROJECT_DIR / os.environ.get("WAREHOUSE_DIR", "warehouse"),
        as_of=os.environ.get("AS_OF", ""),
        variables=os.environ.get("VARS", ""),
        allow_older=os.environ.get("ALLOW_OLDER") == "1",
        keep_published=int(keep_published),
    )


@cache
def project_vars() -> Mapping[str, Any]:
    """The vars of the dbt project with their defaults."""
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    found: dict[str, Any] = project["vars"]
    return found


def given_vars(text: str) -> dict[str, Any]:
    """VARS as a mapping; SettingsError where it is none."""
    try:
        given = yaml.safe_load(text or "{}")
    except yaml.YAMLError:
        given = None
    if not isinstance(given, dict):
        raise SettingsError(f"VARS {text}: not a mapping like {{churn_after_days: 60}}")
    return given


def check_variables(text: str) -> None:
    """Raise SettingsError for a var that the project does not have, or of another kind than its
    default."""
    for name, value in given_vars(text).items():
        if name not in project_vars():
            raise SettingsError(f"VARS: no var is called {name} ({', '.join(project_vars())})")
        problem = var_problem(name, value, project_vars()[name])
        if problem:
            raise SettingsError(f"VARS: {name}: {value} is {problem}")


def var_problem(name: str, value: Any, default: Any) -> str:
    """What is wrong with the value of a var, or an empty text."""
    if name.endswith("_timezone") and read_zone(value) is None:
        return "no time zone like Asia/Tehran"
    is_count = isinstance(value, int) and not isinstance(value, bool) and value > 0
    if isinstance(default, float) or name.endswith("_rate"):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or value < 0 or (name.endswith("_share") and value > 1):
            return "no share within 0 and 1" if name.endswith("_share") else "no number from 0"
    elif default is None or isinstance(default, int):
        return "" if is_count or (value is None and default is None) else "no whole number from 1"
    elif isinstance(default, str) and not isinstance(value, str):
        return "no text"
    elif isinstance(default, list):
        kind = dict if name == "audiences" else str
        if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
            return "no list like its default"
    elif isinstance(default, dict) and not isinstance(value, dict):
        return "no mapping like its default"
    return ""


def read_zone(name: Any) -> ZoneInfo | None:
    """The time zone of this name; None where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, TypeError, ValueError):
        return None


def project_var(settings: Settings, name: str) -> Any:
    """A var of the dbt project as this process would build with it.

    Raises SettingsError where VARS is no mapping.
    """
    return {**project_vars(), **given_vars(settings.variables)}[name]


def git_commit() -> str | None:
    """The commit of the project, with `-dirty` where files differ from it; None outside git."""
    answer = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() or None
