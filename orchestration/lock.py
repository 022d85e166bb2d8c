"""One writer a warehouse: a lock in WAREHOUSE_DIR that the kernel frees when its holders die."""

import fcntl
import os
import signal
import threading
import time
from pathlib import Path

INHERITED = "RETENTION_MARTS_LOCK_FD"
# So often a child looks whether the holder of its lock lives; so long a build waits for a lock
# whose holder is dead.
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 30.0
_held: dict[Path, int] = {}


class WarehouseBusyError(Exception):
    """Another build holds the lock of this warehouse."""


def take_lock(folder: Path) -> int:
    """Take (or find already held, here or by the parent) the lock of a warehouse folder.

    Returns the file descriptor, which children may inherit; a child that finds it there ends when
    its parent does. Raises WarehouseBusyError, naming the process that holds it.
    """
    folder = folder.resolve()
    if folder in _held:
        return _held[folder]
    path = folder / ".lock"
    if is_inherited(path):
        _held[folder] = int(os.environ[INHERITED])
        threading.Thread(target=end_with, args=[holder(_held[folder])], daemon=True).start()
        return _held[folder]
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    patient_until = time.monotonic() + PATIENCE_SECONDS
    while not try_lock(descriptor):
        process = holder(descriptor)
        if is_alive(process) or time.monotonic() > patient_until:
            os.close(descriptor)
            raise WarehouseBusyError(
                f"{folder}: another build is writing here (process {process or 'unknown'});"
                " try again when it has ended"
            )
        time.sleep(LOOK_SECONDS)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    _held[folder] = descriptor
    return descriptor


def try_lock(descriptor: int) -> bool:
    """Whether the lock of an open file is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def holder(descriptor: int) -> int:
    """The process that noted itself in the lock file; 0 where none did."""
    noted = os.pread(descriptor, 32, 0).decode().strip()
    return int(noted) if noted.isdecimal() else 0


def is_alive(process: int) -> bool:
    """Whether this process lives; one that is not known (0) counts as living."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_with(process: int) -> None:
    """Kill this process once the other is gone: what a dead build began serves nobody."""
    while is_alive(process):
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


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
