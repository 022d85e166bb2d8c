"""`make build`: raw files to published marts, or one clear message and the old marts."""

import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from orchestration.dbt_run import DbtFailedError, DbtResult, read_manifest, run_dbt
from orchestration.lock import WarehouseBusyError, take_lock
from orchestration.publish import PublicationRefusedError, publish
from orchestration.settings import Settings, git_commit, read_settings
from orchestration.summary import print_summary


def build_models(settings: Settings, console: Console) -> DbtResult:
    """Run `dbt build` with a progress bar; raises DbtFailedError."""
    with Progress(
        TextColumn("{task.description:<44.44}"), BarColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        task = progress.add_task("reading raw files", total=None)
        return run_dbt(
            settings,
            ["build", "--exclude-resource-type", "unit_test"],
            lambda done, total, name: progress.update(
                task, completed=done, total=total, description=name
            ),
        )


def main() -> int:
    """Build, publish and report; returns the exit code."""
    console = Console()
    settings = read_settings()
    try:
        settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
        take_lock(settings.warehouse_dir)
        result = build_models(settings, console)
        manifest = read_manifest(settings)
        publish(settings, manifest, git_commit(), len(result.tests), result.warned)
    except (DbtFailedError, PublicationRefusedError, WarehouseBusyError, OSError) as error:
        console.print(f"Not published. {error}", style="red", highlight=False, markup=False)
        if settings.published_file.exists():
            console.print(
                f"The marts published before stay: {settings.published_file}", soft_wrap=True
            )
        return 1
    print_summary(settings.published_file, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
