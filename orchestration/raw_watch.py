"""What the raw folder looks like from outside: path, size and time of every file."""

import hashlib
import json
import os
from pathlib import Path

SETTLED_SECONDS = 30.0


def raw_registry(raw_dir: Path) -> dict[str, tuple[int, int]]:
    """Size in bytes and modification time in nanoseconds of every file by its path below RAW_DIR.

    Hidden files and those that begin with an underscore are not raw files; files that vanish while
    they are listed are left out.
    """
    registry = {}
    for folder, folders, names in os.walk(raw_dir):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        for name in names:
            path = Path(folder, name)
            if name.startswith((".", "_")):
                continue
            try:
                status = path.stat()
            except OSError:
                continue
            registry[path.relative_to(raw_dir).as_posix()] = (status.st_size, status.st_mtime_ns)
    return registry


def fingerprint(registry: dict[str, tuple[int, int]]) -> str:
    """One hash of a registry."""
    return hashlib.sha256(json.dumps(sorted(registry.items())).encode()).hexdigest()


def is_settled(registry: dict[str, tuple[int, int]], now: float) -> bool:
    """Whether no file was written in the last seconds: a copy under way is not read."""
    newest = max((modified for _, modified in registry.values()), default=0)
    return now - newest / 1e9 >= SETTLED_SECONDS


def changes(old: dict[str, tuple[int, int]], new: dict[str, tuple[int, int]]) -> str:
    """What differs, in words."""
    parts = {
        "new": new.keys() - old.keys(),
        "changed": {name for name in new.keys() & old.keys() if new[name] != old[name]},
        "gone": old.keys() - new.keys(),
    }
    return "; ".join(
        f"{kind}: {', '.join(sorted(names))}" for kind, names in parts.items() if names
    )
