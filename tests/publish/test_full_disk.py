"""A disk that is full: what is published stays, and a build works again once there is room."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.shop import Warehouse, build
from tests.publish.test_kills import VARS, assert_whole


def as_root(*command: str) -> None:
    """Run a command that mounts; whoever is not root asks sudo."""
    ask = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    subprocess.run([*ask, *command], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own in memory."""
    disk = tmp_path / "disk"
    disk.mkdir()
    as_root("mount", "-t", "tmpfs", "-o", "size=256m,mode=1777", "tmpfs", str(disk))
    try:
        yield disk
    finally:
        as_root("umount", "--lazy", str(disk))


def fill(disk: Path, left: int) -> None:
    """Fill a disk but for some bytes."""
    free = shutil.disk_usage(disk).free
    with (disk / "filling").open("wb") as filling:
        os.posix_fallocate(filling.fileno(), 0, max(free - left, 1))


@pytest.mark.soak
@pytest.mark.parametrize("left", [0, 1_000_000, 4_000_000, 8_000_000, 16_000_000])
def test_a_full_disk_leaves_the_marts(
    shop: Warehouse, warehouse: Warehouse, small_disk: Path, left: int
) -> None:
    # Prevents: marts that are cut off where the disk ended, and debris that stops the next build.
    folder = small_disk / "warehouse"
    shutil.copytree(warehouse.folder, folder, ignore=shutil.ignore_patterns("marts.duckdb"))
    (folder / "marts.duckdb").hardlink_to(next((folder / "versions").iterdir()))
    full = Warehouse(folder, "")
    before = assert_whole(full)
    fill(small_disk, left)
    refused = build(shop.folder.parent / "raw", folder, VARS=VARS)
    print(f"{left:,} bytes left: exit {refused.code}, {refused.text.strip().splitlines()[-2:]}")
    assert assert_whole(full)[: len(before)] == before
    if refused.code != 0:
        assert "Not published. " in refused.text
        assert "No space left on device" in refused.text or "is full" in refused.text
        assert "Traceback" not in refused.text
    (small_disk / "filling").unlink()
    built = build(shop.folder.parent / "raw", folder, VARS=VARS)
    assert built.code == 0, built.text
    assert len(assert_whole(full)) > len(before)
