"""`make ui` in a browser: the graph is shown, runs are started, a failed check is red."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bi.serving import free_port, served

PATIENCE_MS = 300_000
HEADER = "order_id,customer_id,ordered_at,amount\n"
GOOD = HEADER + "".join(f"{day},c{day % 4},2026-05-{day:02d},10\n" for day in range(1, 29))
BAD = HEADER + "".join(f"x{number},c,yesterday,10\n" for number in range(9))


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A raw folder with a good file and one that rejects too many rows."""
    folder = tmp_path / "raw"
    (folder / "orders").mkdir(parents=True)
    (folder / "orders/a.csv").write_text(GOOD)
    (folder / "orders/b.csv").write_text(BAD)
    return folder


@pytest.fixture
def address(raw: Path, tmp_path: Path) -> Iterator[str]:
    """The UI of a warehouse in which nothing is published yet."""
    port = free_port()
    environment = {"RAW_DIR": str(raw), "WAREHOUSE_DIR": str(tmp_path / "warehouse")}
    empty = dict.fromkeys(("AS_OF", "RUN_AT", "VARS", "DAGSTER_HOME"), "")
    with served(
        [sys.executable, "-m", "orchestration.ui", "--port", str(port)],
        {**os.environ, **environment, **empty},
        port,
        "/server_info",
        tmp_path / "ui.log",
    ) as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of Debian's browser."""
    tab = browser.new_page(viewport={"width": 1600, "height": 1000})
    tab.set_default_timeout(60_000)
    yield tab
    tab.close()


def launch(page: Page, address: str, state: str) -> None:
    """Start the job from its page and wait until the newest run has come to this state."""
    page.goto(f"{address}/locations/orchestration.definitions/jobs/build")
    page.get_by_role("button", name="Materialize all").click()
    page.get_by_text("Launched run").first.wait_for()
    page.goto(f"{address}/runs")
    expect(page.get_by_text(state, exact=True).first).to_be_visible(timeout=PATIENCE_MS)


def test_the_ui_shows_starts_and_judges(
    page: Page, address: str, raw: Path, tmp_path: Path
) -> None:
    # Prevents: a UI in which nothing can be started, or a failed check that looks like any other.
    page.goto(f"{address}/asset-groups")
    for group in ("raw", "staging", "customers", "metrics_flow", "publication"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible()
    page.screenshot(path=tmp_path / "graph.png")

    launch(page, address, "Failure")
    page.screenshot(path=tmp_path / "runs.png")
    page.goto(f"{address}/assets/quality/row_balance?view=checks")
    page.get_by_text("max_rejected_share_of_orders").first.click()
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    page.screenshot(path=tmp_path / "failed_check.png")
    assert not (tmp_path / "warehouse/marts.duckdb").exists()

    (raw / "orders/b.csv").unlink()
    launch(page, address, "Success")
    assert (tmp_path / "warehouse/marts.duckdb").exists()
    page.goto(f"{address}/assets/metrics/customer_flow")
    expect(page.get_by_text("churn_rate").first).to_be_visible()
    page.screenshot(path=tmp_path / "customer_flow.png")
