"""What lets a build go on from the one before, and what makes it start anew."""

from typing import Any

import pytest

from lint.project import ROOT
from orchestration.changes import new_files, place_in_line, project_fingerprint, refresh_reason


def file(name: str, content_hash: str = "a") -> dict[str, Any]:
    return {"raw_table": "orders", "file_name": f"orders/{name}", "content_hash": content_hash}


def state(*files: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "run_at": "2026-07-01T06:00:00",
        "parts": {"a var": "1", "RAW_DIR": "2"},
        "types": {"orders.amount": ["DOUBLE"]},
        "files": list(files),
        "run_number": 4,
        "as_of": "2026-06-30",
        **changes,
    }


def test_a_new_file_is_all_that_is_read() -> None:
    before, now = state(file("june.csv")), state(file("june.csv"), file("july.csv"))
    assert refresh_reason(before, now) is None
    assert new_files(before, now) == {("orders", "orders/july.csv")}
    assert place_in_line(before, is_full=False) == {"run_number": 5, "previous_as_of": "2026-06-30"}


def test_without_a_whole_build_every_row_is_read() -> None:
    now = state(file("june.csv"))
    assert refresh_reason(None, now) == "there is no whole build to go on from"
    assert place_in_line(None, is_full=True) == {"run_number": 1, "previous_as_of": None}


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (state(file("june.csv", "b")), "orders/june.csv changed"),
        (state(), "orders/june.csv is gone"),
        (state(file("june.csv"), parts={"a var": "2", "RAW_DIR": "2"}), "a var changed"),
        (state(file("june.csv"), parts={"a var": "1", "RAW_DIR": "3"}), "RAW_DIR changed"),
        (
            state(file("june.csv"), run_at="2026-06-30T06:00:00"),
            "RUN_AT lies before that of the build before",
        ),
        (
            state(file("june.csv"), types={"orders.amount": ["DOUBLE", "VARCHAR"]}),
            "orders.amount has another type in a new file",
        ),
    ],
)
def test_what_new_rows_cannot_tell_makes_the_build_start_anew(
    now: dict[str, Any], reason: str
) -> None:
    assert refresh_reason(state(file("june.csv")), now) == reason


def test_another_salt_is_another_project_for_hashes_are_stored() -> None:
    assert project_fingerprint(ROOT, "salt") != project_fingerprint(ROOT, "pepper")
    assert project_fingerprint(ROOT, "salt") == project_fingerprint(ROOT, "salt")
