"""Servers and the browser that looks at them, for pictures, benchmarks and tests."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from orchestration.settings import PROJECT_DIR

PATIENCE_SECONDS = 240
LOOK_SECONDS = 0.2


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str | Path], environment: Mapping[str, str], log: Path = Path(os.devnull)
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the project while it runs, what it says in a log; at the end it is stopped."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT_DIR,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def served(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    port: int,
    path: str,
    log: Path = Path(os.devnull),
) -> Iterator[str]:
    """The address of a server while it runs; `path` is what it answers once it is up.

    Raises TimeoutError, with the end of its log, where it dies or does not answer.
    """
    address = f"http://localhost:{port}"
    with running(command, environment, log) as server:
        end = monotonic() + PATIENCE_SECONDS
        while not answers(address + path):
            if monotonic() > end or server.poll() is not None:
                said = log.read_text("utf-8")[-4000:]
                raise TimeoutError(f"{command[0]} does not answer\n{said}")
            sleep(LOOK_SECONDS)
        yield address


def answers(address: str) -> bool:
    """Whether a web server answers."""
    try:
        with urlopen(address, timeout=10) as answer:
            return bool(answer.read())
    except OSError:
        return False


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()
