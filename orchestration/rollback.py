"""`make rollback`: readers get the version before the published one, at once and whole, and its
overview."""

import sys
from pathlib import Path

import duckdb

from orchestration.lock import WarehouseBusyError, take_lock
from orchestration.publish import point_at
from orchestration.settings import Settings, SettingsError, read_settings
from orchestration.versions import kept_versions, version_behind


class RollbackRefusedError(Exception):
    """There is nothing to go back to; the message says why."""


def rollback(settings: Settings) -> tuple[Path, Path]:
    """Publish the newest kept version older than the published one; (left, now published).

    The version that is left stays among the kept ones until newer publications push it out. Raises
    RollbackRefusedError where there is none, WarehouseBusyError while a build is writing.
    """
    published = settings.published_file
    if not published.exists():
        raise RollbackRefusedError(f"{published}: nothing is published yet")
    take_lock(settings.warehouse_dir)
    left = version_behind(published)
    older = [path for path in kept_versions(published) if left and path < left]
    if left is None or not older:
        raise RollbackRefusedError(
            f"{published}: no older version is kept (KEEP_PUBLISHED={settings.keep_published})"
        )
    point_at(published, older[-1])
    return left, older[-1]


def rewrite_overview(settings: Settings, version: Path) -> None:
    """Write the overview of the version that is published now; that of the other goes first."""
    from report.published import Published
    from report.static import write_static

    settings.overview_file.unlink(missing_ok=True)
    write_static(settings.overview_file, Published(version))


def main() -> int:
    """Roll back and say what is published now; returns the exit code."""
    try:
        settings = read_settings()
        left, now = rollback(settings)
    except (RollbackRefusedError, SettingsError, WarehouseBusyError, OSError) as error:
        print(f"Not rolled back. {error}", file=sys.stderr)
        return 1
    versions = [path.stem.removeprefix("marts-") for path in (left, now)]
    print(f"Rolled back from {versions[0]} to {versions[1]}. The next build publishes a new one.")
    try:
        rewrite_overview(settings, now)
    except (OSError, duckdb.Error) as error:
        print(f"{settings.overview_file}: not written ({error})", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
