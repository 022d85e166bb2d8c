"""`make build`: raw files to published marts, or one clear message and the old marts.

Runs the job `build` of the Dagster project in this process, so that the UI shows the run too.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from orchestration.alerts import AlertSettingsError, read_alert_settings, send_alert
from orchestration.dbt_run import DbtFailedError
from orchestration.lock import WarehouseBusyError
from orchestration.publish import PublicationRefusedError
from orchestration.quality.suites import SuiteError
from orchestration.run_record import RunRecord, dagster_home, open_run
from orchestration.settings import Settings, SettingsError, read_settings
from orchestration.summary import print_summary

if TYPE_CHECKING:
    import dagster as dg

# Tag of a failed run whose alert is sent: the daemon's sensor leaves it alone.
ALERTED = "alerted"
# What SQLite, which keeps Dagster's records, says where a file system would say ENOSPC.
DISK_FULL = "disk is full"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_job(record: RunRecord) -> None:
    """Run the whole job on this record; raises PublicationRefusedError with all that went wrong."""
    # Dagster takes as long to load as dbt takes to read the raw files: the two go side by side.
    record.progress(None, None, "reading the raw files")
    record.begin()
    import dagster as dg

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    from orchestration.definitions import defs

    home = dagster_home(record.settings)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        close_dead_runs(instance)
        result = (
            defs()
            .resolve_job_def("build")
            .execute_in_process(
                instance=instance,
                resources={"warehouse": record},
                run_config=QUIET,
                raise_on_error=False,
                tags={"started_by": "make build", ALERTED: "by the build"},
            )
        )
        if not result.success:
            failures = [
                str(event.step_failure_data.error and event.step_failure_data.error.message)
                for event in result.all_events
                if event.is_step_failure
            ]
            if record.published is None:
                raise PublicationRefusedError("\n".join(record.problems or failures))
            print("Published, but not all that follows was done:", *failures, sep="\n")


def close_dead_runs(instance: "dg.DagsterInstance") -> None:
    """End the runs that a killed process left open: whoever holds the lock knows they are dead."""
    import dagster as dg

    open_runs = dg.RunsFilter(job_name="build", statuses=[dg.DagsterRunStatus.STARTED])
    for run in instance.get_runs(open_runs):
        instance.report_run_failed(run, "The process of this run died.")


def build(settings: Settings, console: Console) -> RunRecord:
    """Build, check and publish with a progress bar; raises what stopped it."""
    with Progress(
        TextColumn("{task.description:<44.44}"), BarColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        task = progress.add_task("starting", total=None)

        def show(done: int | None, total: int | None, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        with open_run(settings, show) as record:
            run_job(record)
    return record


def tell(problem: str, console: Console) -> None:
    """Send the alert of a failed build; what keeps it from being sent is printed."""
    try:
        problems = send_alert(read_alert_settings(), "Not published: make build failed", problem)
    except AlertSettingsError as error:
        problems = [str(error)]
    for each in problems:
        console.print(each, highlight=False, markup=False)


def main() -> int:
    """Build, publish and report; returns the exit code."""
    console = Console()
    published_file = None
    try:
        settings = read_settings()
        published_file = settings.published_file
        build(settings, console)
    except (
        DbtFailedError,
        PublicationRefusedError,
        SettingsError,
        SuiteError,
        WarehouseBusyError,
        OSError,
    ) as error:
        return refuse(str(error), published_file, console)
    except KeyboardInterrupt:
        return refuse("Stopped by hand.", published_file, console)
    except Exception as error:
        if published_file and DISK_FULL in str(error):
            return refuse(f"The disk of {published_file.parent} is full.", published_file, console)
        # Whatever nobody thought of, a mistake of ours: the user reads one line and what holds,
        # whoever mends it reads the rest.
        traceback.print_exc()
        return refuse(f"{type(error).__name__}: {error}", published_file, console)
    print_summary(published_file, console)
    return 0


def refuse(problem: str, published_file: Path | None, console: Console) -> int:
    """Say why nothing is published and what stays, and send the alert; the exit code."""
    console.print(f"Not published. {problem}", style="red", highlight=False, markup=False)
    tell(problem, console)
    if published_file and published_file.exists():
        console.print(f"The marts published before stay: {published_file}", soft_wrap=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
