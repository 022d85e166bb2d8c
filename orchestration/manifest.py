"""dbt's manifest: made when files are newer, read, cut into the two stages of a build."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestration.changes import SOURCE_FILES, SOURCE_FOLDERS
from orchestration.dbt_run import read_artifact, read_manifest, run_dbt
from orchestration.settings import PROJECT_DIR, Settings

# Facts that the fit of the purchase models reads, and what they are made of.
BEFORE_FIT = "before_fit"
# What dbt runs first: ledgers to row balance, and what the fit reads. The rest reads what these
# have judged and fitted.
LEDGER_STAGE = (
    f"tag:{BEFORE_FIT}",
    "path:models/staging",
    "resource_type:seed",
    "quality__row_balance",
    "quality__rejected_rows",
)
PARSED_FOLDERS = (*SOURCE_FOLDERS, "tests/sql")
PARSED_FILES = (*SOURCE_FILES, "profiles.yml")
ASSET_TYPES = ("model", "seed")


def newest_change() -> float:
    """When dbt's files, or the folders that hold them, last changed; seconds since 1970."""
    paths = [PROJECT_DIR / name for name in PARSED_FILES]
    for folder in PARSED_FOLDERS:
        for parent, _, files in os.walk(PROJECT_DIR / folder):
            paths += [Path(parent), *(Path(parent, name) for name in files)]
    return max(path.stat().st_mtime for path in paths)


def ensure_manifest(settings: Settings) -> Mapping[str, Any]:
    """The manifest of the project as it is now; `dbt parse` runs only where a file is newer.

    Raises DbtFailedError where the project does not parse.
    """
    path = settings.target_dir / "manifest.json"
    if path.exists() and path.stat().st_mtime >= newest_change():
        manifest = read_artifact(path)
        if manifest is not None:
            return manifest
    run_dbt(settings, ["parse"])
    return read_manifest(settings)


def is_in_ledger_stage(node: Mapping[str, Any]) -> bool:
    """Whether dbt builds this model or seed in its first process."""
    return (
        node["resource_type"] == "seed"
        or node["original_file_path"].startswith("models/staging/")
        or node["name"] in LEDGER_STAGE
        or BEFORE_FIT in node["tags"]
    )


def built_nodes(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The models and seeds by unique id."""
    return {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ASSET_TYPES
    }


def data_tests(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The data tests with their unique ids."""
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "test":
            yield unique_id, node


def judged_node(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> str | None:
    """The model or seed that a test judges; None for a test of sources alone.

    A test of several judges the one that is built last: it can only run when that one is there.
    """
    built = [each for each in test["depends_on"]["nodes"] if each in manifest["nodes"]]
    if not built:
        return None
    attached = test.get("attached_node")
    late = [each for each in built if not is_in_ledger_stage(manifest["nodes"][each])]
    candidates = late or built
    return attached if attached in candidates else candidates[0]


def stage_tests(manifest: Mapping[str, Any], ledger: bool) -> set[str]:
    """The unique ids of the tests that the first (`ledger`) or the second dbt process runs."""
    return {
        unique_id
        for unique_id, test in data_tests(manifest)
        if (node := judged_node(manifest, test))
        and is_in_ledger_stage(manifest["nodes"][node]) == ledger
    }


def stage_arguments(ledger: bool) -> list[str]:
    """The `dbt build` arguments of a whole stage.

    Cautious: a test runs in the stage that has built all it reads.
    """
    flag = "--select" if ledger else "--exclude"
    return [
        "build",
        flag,
        *LEDGER_STAGE,
        "--indirect-selection",
        "cautious",
        "--exclude-resource-type",
        "unit_test",
    ]


def blocks(test: Mapping[str, Any]) -> bool:
    """Whether a failure of this test stops the build."""
    return str(test["config"].get("severity") or "error").lower() == "error"


def purpose(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> str:
    """What a test is for: its description, that of its kind, or the comment its SQL begins with."""
    kind = (test.get("test_metadata") or {}).get("name")
    macro = manifest["macros"].get(f"macro.{test['package_name']}.test_{kind}", {})
    comment = []
    for line in test["raw_code"].lstrip().splitlines():
        if not line.startswith("--") or line.startswith("-- depends_on"):
            break
        comment.append(line.removeprefix("--").strip())
    return str(test["description"] or macro.get("description") or " ".join(comment))
