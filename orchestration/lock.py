"""One writer a warehouse: a lock in WAREHOUSE_DIR that the kernel frees when its holders die."""

import fcntl
import os
from pathlib import Path

INHERITED = "RETENTION_MARTS_LOCK_FD"
_held: dict[Path, int] = {}


class WarehouseBusyError(Exception):
    """Another build holds the lock of this warehouse."""


def take_lock(folder: Path) -> int:
    """Take (or find already held, here or by the parent) the lock of a warehouse folder.

    Returns the file descriptor, which children may inherit; raises WarehouseBusyError, naming the
    process that holds it.
    """
    folder = folder.resolve()
    if folder in _held:
        return _held[folder]
    path = folder / ".lock"
    if is_inherited(path):
        _held[folder] = int(os.environ[INHERITED])
        return _held[folder]
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 32, 0).decode().strip() or "unknown"
        os.close(descriptor)
        raise WarehouseBusyError(
            f"{folder}: another build is writing here (process {holder});"
            " try again when it has ended"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    _held[folder] = descriptor
    return descriptor


def held_lock(folder: Path) -> int | None:
    """The descriptor of a lock that this process holds already; None where it holds none."""
    return _held.get(folder.resolve())


def is_inherited(path: Path) -> bool:
    """Whether the parent passed down a descriptor of this very lock file."""
    try:
        passed = os.fstat(int(os.environ[INHERITED]))
        return path.exists() and os.path.samestat(passed, path.stat())
    except (KeyError, ValueError, OSError):
        return False
