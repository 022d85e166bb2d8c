"""The pictures of docs/screenshots that show the tools around the marts; the dashboard has its own.

    make build && python -m bi.screenshots dagster quality_report superset

It reads WAREHOUSE_DIR, starts what it shows on free ports, and drives Debian's Chromium. Superset
is shown where `make superset` has installed it.
"""

import io
import os
import sys

from PIL import Image
from playwright.sync_api import Browser, Page

from bi.serving import PATIENCE_SECONDS, chromium, free_port, served
from bi.superset.__main__ import USER, prepare, serve
from orchestration.settings import PROJECT_DIR, read_settings

FOLDER = PROJECT_DIR / "docs/screenshots"


def tab(browser: Browser) -> Page:
    """A new tab of the size of the pictures."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    return page


def save(page: Page, name: str) -> None:
    """Keep what the tab shows."""
    Image.open(io.BytesIO(page.screenshot())).save(FOLDER / f"{name}.webp", quality=80)


def dagster(browser: Browser) -> None:
    """The graph of the tables, one box a group."""
    port = free_port()
    command = [sys.executable, "-m", "orchestration.ui", "--port", str(port)]
    with served(command, os.environ, port, "/server_info") as address:
        page = tab(browser)
        page.goto(f"{address}/asset-groups")
        page.get_by_text("publication", exact=True).first.wait_for()
        page.wait_for_timeout(3000)
        save(page, "dagster")


def quality_report(browser: Browser) -> None:
    """The top of the report of the last build's checks, with folders told from the project's."""
    page = tab(browser)
    text = read_settings().report_file.read_text("utf-8")
    page.set_content(text.replace(f"{PROJECT_DIR}/", ""))
    save(page, "quality_report")


def superset(browser: Browser) -> None:
    """The imported dashboard, signed in."""
    port = free_port()
    program = PROJECT_DIR / ".venv-superset/bin/superset"
    environment, password = prepare(read_settings(), program)
    with served([program, *serve(port)], environment, port, "/health") as address:
        page = tab(browser)
        page.goto(f"{address}/login/")
        page.locator("input[type=password]").wait_for()
        page.locator("input:not([type=password]):not([type=hidden])").first.fill(USER)
        page.locator("input[type=password]").fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        page.goto(f"{address}/superset/dashboard/retention/?standalone=1")
        page.locator("canvas").nth(3).wait_for()
        page.wait_for_timeout(5000)
        save(page, "superset")


PICTURES = {"dagster": dagster, "quality_report": quality_report, "superset": superset}


def main() -> int:
    """Take the pictures that are named, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name in sys.argv[1:] or PICTURES:
            PICTURES[name](browser)
    return 0


if __name__ == "__main__":
    sys.exit(main())
