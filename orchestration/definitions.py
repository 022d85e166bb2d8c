"""Everything that Dagster shows, schedules and runs."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """The assets, checks, jobs, schedules and sensors below orchestration/defs."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
