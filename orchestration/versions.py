"""The published versions of a warehouse, and the one that its published file is."""

from pathlib import Path


def kept_versions(published_file: Path) -> list[Path]:
    """The versions that are kept, oldest first."""
    return sorted(published_file.with_name("versions").glob("marts-*.duckdb"))


def version_behind(published_file: Path) -> Path | None:
    """The version that the published file is a link to; None where it lies alone.

    Raises FileNotFoundError where nothing is published.
    """
    status = published_file.stat()
    for path in reversed(kept_versions(published_file)):
        try:
            found = path.stat()
        except FileNotFoundError:  # removed since it was listed
            continue
        if (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino):
            return path
    return None
