"""`python -m tests.dashboard.screenshots`: the pictures of docs/screenshots, from the demo.

Shows the published file of WAREHOUSE_DIR; look at every picture before it is committed.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from bi.serving import chromium
from orchestration.settings import PROJECT_DIR, read_settings
from report.published import Reader
from report.static import write_static
from report.views import PAGES
from tests.dashboard.conftest import Shop, dashboard_of
from tests.dashboard.test_pages import Screen

FOLDER = PROJECT_DIR / "docs" / "screenshots"
DESKTOP, PHONE = 1360, 390
TALLEST = 2600
STATIC = "static_report"
# Name: page, what the address says, colour scheme, width.
PICTURES = {
    **{page.key: (page.key, "", "light", DESKTOP) for page in PAGES},
    "overview_dark": ("overview", "", "dark", DESKTOP),
    "flow_fa": ("flow", "lang=fa&calendar=jalali", "light", DESKTOP),
    "cohorts_fa_dark": ("cohorts", "lang=fa&calendar=jalali", "dark", DESKTOP),
    "overview_phone": ("overview", "", "light", PHONE),
    "cohorts_phone": ("cohorts", "", "light", PHONE),
}


def save(picture: bytes, name: str) -> None:
    """Save a screenshot as WebP, the top of it where it is very tall."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, TALLEST)))
    image.save(FOLDER / f"{name}.webp", quality=72, method=6)


def take(browser: Browser, shop: Shop, name: str) -> None:
    """Take one picture of the dashboard, as tall as its page."""
    page, query, scheme, width = PICTURES[name]
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    screen = Screen(context.new_page(), shop)
    if width == PHONE:
        screen.page.goto(f"{shop.address}/{'' if page == 'overview' else page}?{query}")
        screen.settle()
    else:
        screen.open(page, query)
    main = screen.page.locator("[data-testid=stMain]")
    height = main.evaluate("element => element.scrollHeight")
    screen.page.set_viewport_size({"width": width, "height": min(int(height), TALLEST)})
    screen.page.wait_for_timeout(600)
    screen.settle()
    save(screen.page.screenshot(), name)
    context.close()


def take_static(browser: Browser, published_file: Path) -> None:
    """Take the pictures of the static report."""
    page = FOLDER / "static.html"
    write_static(page, Reader(published_file).current())
    for name, scheme in ((STATIC, "light"), (f"{STATIC}_dark", "dark")):
        context = browser.new_context(
            viewport={"width": 1200, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            offline=True,
        )
        screen = context.new_page()
        screen.goto(page.as_uri())
        save(screen.screenshot(full_page=True), name)
        context.close()
    page.unlink()


def main() -> None:
    """Command line: the pictures that are named, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    settings = read_settings()
    with dashboard_of(settings) as address, chromium() as browser:
        shop = Shop(settings, {}, address)
        names = sys.argv[1:] or [*PICTURES, STATIC]
        for name in names:
            if name == STATIC:
                take_static(browser, settings.published_file)
            else:
                take(browser, shop, name)


if __name__ == "__main__":
    main()
