"""dbt-duckdb plugin: what a plain `dbt build` needs before and beside its SQL.

Makes WAREHOUSE_DIR, takes its one writer's lock for the life of the process, gives the macros the
planner of raw files, and hands the salt to the warehouse without its passing through a log.
"""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError
from duckdb import DuckDBPyConnection

from orchestration.changes import project_fingerprint
from orchestration.lock import WarehouseBusyError, take_lock
from orchestration.raw_files import plan_registration
from orchestration.settings import PROJECT_DIR


def plan_as_json(contract: str, settings: str) -> str:
    """`plan_registration` for SQL: JSON in, JSON out, errors inside."""
    project = project_fingerprint(PROJECT_DIR, os.environ.get("PII_SALT", ""))
    plan = plan_registration(
        json.loads(contract), {**json.loads(settings), "project_fingerprint": project}
    )
    return json.dumps(dataclasses.asdict(plan), default=str)


class Plugin(BasePlugin):
    """Loaded from profiles.yml; dbt-duckdb looks for this name."""

    def initialize(self, _config: dict[str, Any]) -> None:
        """Make the folder of the build file and take its lock, or stop with one clear message."""
        path = self.creds.path if self.creds else ":memory:"
        if path != ":memory:":
            folder = Path(path).resolve().parent
            folder.mkdir(parents=True, exist_ok=True)
            try:
                take_lock(folder)
            except WarehouseBusyError as error:
                raise DbtRuntimeError(str(error)) from None

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register the planner and store the salt of hashes (PII_SALT)."""
        conn.create_function(
            "plan_raw_registration",
            plan_as_json,
            ["VARCHAR", "VARCHAR"],
            "VARCHAR",
            side_effects=True,
        )
        conn.execute("create schema if not exists raw")
        conn.execute("create or replace table raw.salt (salt varchar)")
        conn.execute("insert into raw.salt values (?)", [os.environ.get("PII_SALT", "")])
