"""`make rollback`: readers get the version before the published one, at once and whole."""

import sys
from pathlib import Path

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


def main() -> int:
    """Roll back and say what is published now; returns the exit code."""
    try:
        left, now = rollback(read_settings())
    except (RollbackRefusedError, SettingsError, WarehouseBusyError, OSError) as error:
        print(f"Not rolled back. {error}", file=sys.stderr)
        return 1
    versions = [path.stem.removeprefix("marts-") for path in (left, now)]
    print(f"Rolled back from {versions[0]} to {versions[1]}. The next build publishes a new one.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
