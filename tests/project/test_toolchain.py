import os
import re
import subprocess
from pathlib import Path

import pytest

from lint.project import ROOT

OF_A_MAKE_ABOVE = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "RAW_DIR", "WAREHOUSE_DIR", "AS_OF", "VARS"}


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as a user would, whether or not these tests were started by make."""
    environment = {k: v for k, v in os.environ.items() if k not in OF_A_MAKE_ABOVE}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def pins(lock: str) -> dict[str, str]:
    """Pinned requirement -> its block of lines, hashes included."""
    blocks = re.split(
        r"^(?=[a-z0-9])", (ROOT / "requirements" / lock).read_text("utf-8"), flags=re.M
    )
    return {block.split()[0]: block for block in blocks if block}


@pytest.mark.parametrize("lock", ["bootstrap.lock", "runtime.lock", "dev.lock"])
def test_no_requirement_can_change_under_its_pin_or_comes_from_a_named_host(lock: str) -> None:
    for pin, block in pins(lock).items():
        assert "==" in pin
        assert "--hash=sha256:" in block
        assert "://" not in block


def test_developing_changes_no_version_that_a_build_uses() -> None:
    assert pins("runtime.lock").keys() <= pins("dev.lock").keys()


def test_help_lists_every_verb_of_a_user() -> None:
    shown = make("help").stdout
    listed = re.findall(r"^  ([a-z-]+) +[A-Z]", shown, flags=re.M)
    assert {"setup", "build", "check", "sql", "demo", "test", "lint", "lock", "clean"} <= {*listed}


def test_a_missing_debian_package_stops_the_tests_at_once_and_is_named() -> None:
    run = make("require-debian-packages", "DEBIAN_PACKAGES=awk:mawk nonesuch:its-package")
    assert run.returncode != 0
    assert "its-package" in run.stderr
    assert "mawk" not in run.stderr


def test_a_machine_without_python_311_gets_one_clear_message(tmp_path: Path) -> None:
    run = make("setup", "PYTHON=", f"VENV={tmp_path / 'venv'}")
    assert run.returncode != 0
    assert "Python 3.11 with venv is needed" in run.stderr


def test_build_hands_on_what_the_user_gave_spaces_included(tmp_path: Path) -> None:
    python = tmp_path / "bin/python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "$RAW_DIR|$WAREHOUSE_DIR|$AS_OF|$VARS|$*"\n', "utf-8")
    python.chmod(0o755)
    variables = '{"churn_after_days": 60}'
    run = make(
        "build", f"VENV={tmp_path}", "RAW_DIR=../my shop", "AS_OF=2026-06-30", f"VARS={variables}"
    )
    last = run.stdout.splitlines()[-1]
    assert last == f"../my shop|warehouse|2026-06-30|{variables}|-m orchestration.build"
