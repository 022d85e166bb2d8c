"""Where things are and what a run was asked for: the environment, read in one place."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    Raises SettingsError where KEEP_PUBLISHED is no count.
    """
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


def project_var(settings: Settings, name: str) -> Any:
    """A var of the dbt project as this process would build with it.

    Raises SettingsError where VARS is no mapping.
    """
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    given = yaml.safe_load(settings.variables or "{}")
    if not isinstance(given, dict):
        raise SettingsError(
            f"VARS {settings.variables}: not a mapping like {{churn_after_days: 60}}"
        )
    return {**project["vars"], **given}[name]


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
