"""The static report in a browser that is offline."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from report.published import Published, Reader
from report.static import main, write_static
from tests.dashboard.conftest import Shop
from tests.dashboard.test_pages import count, gained, percent

JUNE = "calendar = 'gregorian' and period_grain = 'month' and period_start = date '2026-06-01'"


@pytest.fixture(scope="module")
def page(demo: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("static") / "overview.html"
    write_static(path, Reader(demo.settings.published_file).current())
    assert [each.name for each in path.parent.iterdir()] == ["overview.html"]
    return path


def test_the_page_is_whole_in_itself(page: Path) -> None:
    # Prevents: a page in an archive that asks a server which is gone, or runs a script.
    text = page.read_text(encoding="utf-8")
    namespaces = re.findall(r"https?(?::|%3A)//[^\s\"'%]*(?:%2F[^\s\"'%]*)*", text)
    assert {each for each in namespaces if "www.w3.org" not in each} == set()
    assert re.findall(r"<script|<link|@import|<img|<iframe| src=", text) == []
    assert "$" not in re.sub(r"<[^>]*>", "", text)
    assert page.stat().st_size < 1_000_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_the_numbers_of_the_marts(
    page: Path, demo: Shop, browser: Browser, scheme: str
) -> None:
    # Prevents: a mailed report that says other numbers than the marts, or black on black.
    errors: list[str] = []
    context = browser.new_context(
        offline=True, color_scheme="dark" if scheme == "dark" else "light"
    )
    screen = context.new_page()
    screen.on("console", lambda message: errors.append(message.text))
    screen.goto(page.as_uri())
    start, new, rate = demo.rows(
        f"select customers_start, new_customers, churn_rate from metrics.customer_flow where {JUNE}"
    )[0]
    place = '[data-metric="metrics.customer_flow.churn_rate"] .figure'
    assert screen.locator(place).inner_text() == percent(rate)
    texts = set(screen.locator("svg text").all_text_contents())
    assert {count(start), gained(new)} <= texts
    body = screen.locator("body")
    ink, paper = (
        [
            int(part)
            for part in re.findall(r"\d+", body.evaluate(f"e => getComputedStyle(e).{name}"))
        ]
        for name in ("color", "backgroundColor")
    )
    assert (sum(ink[:3]) > sum(paper[:3])) == (scheme == "dark")
    assert errors == []
    context.close()


def test_the_command_writes_another_language_and_calendar(
    demo: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    monkeypatch.setenv("WAREHOUSE_DIR", str(demo.settings.warehouse_dir))
    options = ["--language", "fa", "--calendar", "jalali", "--grain", "quarter"]
    monkeypatch.setattr("sys.argv", ["static", str(path), *options])
    main()
    text = path.read_text(encoding="utf-8")
    assert '<html lang="fa" dir="rtl">' in text
    assert "۱۴۰۵" in text


def test_a_version_is_opened_by_its_own_path(demo: Shop) -> None:
    # Prevents: a reader that stays on the old file because the link has moved under it.
    reader = Reader(demo.settings.published_file)
    before = reader.current()
    assert before is reader.current()
    assert before.path.parent.name == "versions"
    version = demo.publish()
    after = reader.current()
    assert after.publication["version"] == version
    assert before.publication["version"] != version
    assert before.rows("select count(*) as rows from metrics.revenue")[0]["rows"] > 0


def test_a_file_that_lies_alone_can_be_read(demo: Shop, tmp_path: Path) -> None:
    # Prevents: a dashboard that needs the whole warehouse where only the file was sent.
    alone = tmp_path / "marts.duckdb"
    alone.write_bytes(demo.settings.published_file.read_bytes())
    reader = Reader(alone)
    first = reader.current().publication["version"]
    demo.publish()
    (tmp_path / "new").write_bytes(demo.settings.published_file.read_bytes())
    (tmp_path / "new").replace(alone)
    assert isinstance(reader.current(), Published)
    assert reader.current().publication["version"] > first
