"""The dbt project inside this process: parse it once, compile it as often as needed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

ROOT = Path(__file__).resolve().parent.parent


class DbtFailedError(Exception):
    """A dbt command failed; the text is dbt's own."""


def copy_of(manifest: Manifest) -> Manifest:
    """A manifest that can be changed without changing the one given."""
    return cast(Manifest, manifest.deepcopy())  # type: ignore[no-untyped-call]  # dbt's is untyped


@dataclass(frozen=True)
class CompiledModel:
    """A model's name, its file below the project folder, and the SQL that dbt makes of it."""

    name: str
    path: str
    sql: str
    reads_run_context: bool


@contextmanager
def scratch_warehouse(scratch: Path) -> Iterator[None]:
    """Point WAREHOUSE_DIR at a scratch folder, so that no real warehouse is opened or locked."""
    before = os.environ.get("WAREHOUSE_DIR")
    os.environ["WAREHOUSE_DIR"] = str(scratch / "warehouse")
    (scratch / "warehouse").mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if before is None:
            del os.environ["WAREHOUSE_DIR"]
        else:
            os.environ["WAREHOUSE_DIR"] = before


def common_arguments(project: Path, scratch: Path) -> list[str]:
    """Arguments that every dbt command here takes; nothing is written into the project."""
    return [
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")),
        *("--log-level", "none"),
    ]


def compile_models(manifest: Manifest, project: Path, scratch: Path) -> list[CompiledModel]:
    """Compile every model of a parsed project, without touching a warehouse.

    The manifest is copied, because dbt writes into the one it is given.
    Raises DbtFailedError where a model does not compile.
    """
    only_models = ["--select", "resource_type:model", "--indirect-selection", "empty"]
    arguments = ["compile", *only_models, "--no-inject-ephemeral-ctes"]
    with scratch_warehouse(scratch):
        run = dbtRunner(manifest=copy_of(manifest)).invoke(
            [*arguments, *common_arguments(project, scratch)]
        )
    if not run.success:
        failed = [r.message for r in getattr(run.result, "results", []) if r.status == "error"]
        raise DbtFailedError("\n".join(map(str, failed)) or str(run.exception))
    return [
        CompiledModel(
            name=result.node.name,
            path=result.node.original_file_path,
            sql=result.node.compiled_code or "",
            reads_run_context=bool(result.node.config.meta.get("reads_run_context")),
        )
        for result in getattr(run.result, "results", [])
    ]
