"""`make ui`: the Dagster UI and its daemon for this warehouse."""

import os
import sys

from orchestration.dbt_run import DbtFailedError
from orchestration.lock import WarehouseBusyError
from orchestration.manifest import ensure_manifest
from orchestration.run_record import dagster_home
from orchestration.settings import PROJECT_DIR, SettingsError, read_settings


def main() -> int:
    """Prepare DAGSTER_HOME and the manifest, then become `dagster dev`; arguments go to it."""
    try:
        settings = read_settings()
        settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
        dagster_home(settings)
        ensure_manifest(settings)
    except (DbtFailedError, SettingsError, WarehouseBusyError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    # The folders may be relative to where make was called; Dagster's processes start elsewhere.
    os.environ["RAW_DIR"] = str(settings.raw_dir)
    os.environ["WAREHOUSE_DIR"] = str(settings.warehouse_dir)

    command = ["dagster", "dev", "-m", "orchestration.definitions", *sys.argv[1:]]
    os.chdir(PROJECT_DIR)
    os.execv(sys.executable, [sys.executable, "-m", *command])
    return 0


if __name__ == "__main__":
    sys.exit(main())
