"""dbt projects of a few models: what dbt, or one of our macros, does by itself."""

from collections.abc import Mapping
from pathlib import Path

from tests.raw.folder import write_folder

PROJECT = """
name: shop
profile: shop
flags: {send_anonymous_usage_stats: false}
models: {+materialized: table}
"""
PROFILE = """
shop:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: "{{ env_var('WAREHOUSE_DIR') }}/build.duckdb"}
"""


def small_project(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a project with these files, by their paths in it; it builds into WAREHOUSE_DIR."""
    return write_folder(folder, {"dbt_project.yml": PROJECT, "profiles.yml": PROFILE, **files})
