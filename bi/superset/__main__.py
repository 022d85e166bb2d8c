"""`make superset`: Superset on the published marts, with the dashboard imported.

Superset lives in an environment of its own and keeps its records below WAREHOUSE_DIR/superset.
"""

import argparse
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bi.superset.bundle import write_bundle
from orchestration.settings import PROJECT_DIR, Settings, read_settings

USER = "admin"


def secret(path: Path) -> str:
    """The secret of a file that only its owner reads; made at the first call."""
    if not path.exists():
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def superset_environment(home: Path) -> dict[str, str]:
    """What Superset's commands find in their environment."""
    return {
        **os.environ,
        "SUPERSET_HOME": str(home),
        "SUPERSET_CONFIG_PATH": str(Path(__file__).with_name("superset_config.py")),
        "SUPERSET_SECRET_KEY": secret(home / "secret_key"),
        "FLASK_APP": "superset.app:create_app()",
    }


def prepare(settings: Settings, program: Path) -> tuple[dict[str, str], str]:
    """Make Superset's records and import the dashboard; returns the environment and the password.

    Raises CalledProcessError where a command of Superset fails.
    """
    home = settings.warehouse_dir.absolute() / "superset"
    home.mkdir(parents=True, exist_ok=True)
    environment = superset_environment(home)
    password = os.environ.get("SUPERSET_PASSWORD") or secret(home / "password")
    ready = home / "ready"
    if not ready.exists():
        run(program, ["db", "upgrade"], environment)
        names = ["--username", USER, "--firstname", "Retention", "--lastname", "Marts"]
        contact = ["--email", "admin@localhost", "--password", password]
        run(program, ["fab", "create-admin", *names, *contact], environment)
        run(program, ["init"], environment)
        ready.touch()
    bundle = home / "retention_dashboard.zip"
    write_bundle(settings.published_file, bundle)
    run(program, ["import-dashboards", "--path", str(bundle), "--username", USER], environment)
    return environment, password


def run(program: Path, arguments: list[str], environment: Mapping[str, str]) -> None:
    """Run one command of Superset; it prints only where it fails."""
    done = subprocess.run(
        [program, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        done.check_returncode()


def serve(port: int) -> list[str]:
    """The arguments that serve this machine only."""
    return ["run", "--host", "127.0.0.1", "--port", str(port), "--with-threads"]


def main() -> int:
    """Prepare Superset and serve it until it is stopped."""
    parser = argparse.ArgumentParser(prog="make superset")
    parser.add_argument("--port", type=int, default=8088)
    port = parser.parse_args().port
    settings = read_settings()
    if not settings.published_file.exists():
        print(
            f"{settings.published_file}: nothing is published yet; run make build", file=sys.stderr
        )
        return 1
    program = PROJECT_DIR / ".venv-superset/bin/superset"
    print("Importing the dashboard; the first time takes a minute or two.", flush=True)
    try:
        environment, password = prepare(settings, program)
    except subprocess.CalledProcessError as error:
        return error.returncode
    print(
        f"http://127.0.0.1:{port}/superset/dashboard/retention/  user {USER}, password {password}"
    )
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        return subprocess.call([program, *serve(port)], env=environment)
    return 0


if __name__ == "__main__":
    sys.exit(main())
