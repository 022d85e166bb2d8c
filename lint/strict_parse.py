"""Parse the project with every warning and every deprecation as an error.

dbt-core checks its YAML schemas only on the adapters in a list that DuckDB is not in, so keys that
dbt 2 rejects would pass in silence. The list is private to dbt-core: its name is looked up, and a
dbt-core without it fails here instead of checking less.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.jsonschemas import jsonschemas

from lint.project import DbtFailedError, common_arguments, scratch_warehouse


def strict_parse(project: Path, scratch: Path) -> Manifest:
    """The parsed project; its manifest.json lies in `scratch`/target.

    Raises DbtFailedError with dbt's own text at the first warning or deprecation.
    """
    adapters = jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS
    adapters.add("duckdb")
    strict = ["--no-partial-parse", "--show-all-deprecations", "--warn-error"]
    with scratch_warehouse(scratch):
        run = dbtRunner().invoke(["parse", *strict, *common_arguments(project, scratch)])
    if not run.success or not isinstance(run.result, Manifest):
        raise DbtFailedError(str(run.exception))
    return run.result


def parsed_manifest(project: Path) -> Mapping[str, Any]:
    """The manifest of the project as it is now, as dbt writes it; raises as strict_parse does."""
    with tempfile.TemporaryDirectory() as scratch:
        strict_parse(project, Path(scratch))
        manifest: Mapping[str, Any] = json.loads(
            (Path(scratch) / "target/manifest.json").read_text("utf-8")
        )
    return manifest
