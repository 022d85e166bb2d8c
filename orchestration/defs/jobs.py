"""The one job that builds, checks and publishes, and what its steps share."""

from collections.abc import Iterator

import dagster as dg

from orchestration.run_record import RunRecord, open_run
from orchestration.settings import read_settings


@dg.resource(description="The warehouse of this run, under its one writer's lock.")
def warehouse(context: dg.InitResourceContext) -> Iterator[RunRecord]:  # noqa: ARG001 (Dagster's)
    """Open a run in this process; its lock is held until the process ends."""
    with open_run(read_settings()) as record:
        yield record


# One process a run: the lock is taken once and covers every step, from raw files to the rename.
build = dg.define_asset_job(
    "build",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("audiences"),
    executor_def=dg.in_process_executor,
    description="Raw files to published marts: build, check, publish only what passed.",
)


@dg.definitions
def shared() -> dg.Definitions:
    """Jobs, resources and the executor of everything that is launched."""
    return dg.Definitions(
        jobs=[build], resources={"warehouse": warehouse}, executor=dg.in_process_executor
    )
