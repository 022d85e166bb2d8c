"""Every page in a browser, on the demo and on CDNOW: its numbers are those of the marts."""

import csv
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from report.views import PAGES
from report.words import Words
from tests.dashboard.conftest import Shop

ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2069"))
MENU = {page.key: Words("en").text(f"page.{page.key}") for page in PAGES}
# What has no data in a shop of orders alone.
EMPTY = {
    "flow": ["mrr_bridge", "revenue_churn_rate"],
    "loyalty": ["nps", "nps_parts", "nps_by_segment", "nps_follow_up"],
    "acquisition": ["cac", "ltv_to_cac", "activation", "referrals"],
    "customer": ["customer_categories", "customer_carts"],
    "experiments": ["experiment_effects", "experiment_split", "experiment_details"],
    "predictions": ["subscription_survival"],
}
# Pages that orders alone fill with nothing.
NEEDS_MORE = ("loyalty", "experiments")


def count(value: Any) -> str:
    return f"{value:,}"


def percent(value: Any) -> str:
    return f"{value:.1%}"


def money(value: Any) -> str:
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:,.2f} m"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{Decimal(value):,.2f}"


def points(value: Any) -> str:
    return f"{value:.1f}".replace("-", "−")


def gained(value: Any) -> str:
    return f"+{value:,}" if value else "0"


def lost(value: Any) -> str:
    return f"−{value:,}" if value else "0"


class Shown(NamedTuple):
    """A number on a page: the kind of place, the place, its query and how it is written."""

    kind: str
    place: str
    query: str
    written: Callable[[Any], str]


def card(mart: str, column: str, written: Callable[[Any], str], where: str = "true") -> Shown:
    query = f"select {column} from {mart} where {{period}} and {where}"
    return Shown("card", f"{mart}.{column}", query, written)


COHORT = (
    "select retention_rate from metrics.retention_cohorts where calendar = '{calendar}'"
    " and month_number = {age} and is_complete order by cohort_month desc limit 1"
)
SEGMENT = (
    "select {column} from metrics.rfm_segments where calendar = '{{calendar}}'"
    " and segment = '{segment}' order by month_end desc limit 1"
)
FLOW = "select {} from metrics.customer_flow where {{period}}"
CUSTOMER = "select {} from customers.customers order by orders desc, customer_id limit 1"
ALL = "channel = 'all'"
OFFER = (
    "select {} from metrics.experiments where campaign = 'spring_offer_2026'"
    " and variant = 'offer' and outcome = 'converted' and segment = 'all'"
)
EQUITY = "select {} from metrics.customer_equity where segment_type = 'all'"
AUDIENCE = (
    "select count(*) from customers.audience_members where audience = 'lapsed_of_high_value' and {}"
)
NUMBERS = {
    "overview": [
        card("metrics.customer_flow", "customers_end", count),
        card("metrics.customer_flow", "churn_rate", percent),
        card("metrics.revenue", "net_revenue", money),
    ],
    "flow": [
        Shown("drawing", "flow_bridge", FLOW.format("customers_start"), count),
        Shown("drawing", "flow_bridge", FLOW.format("new_customers"), gained),
        Shown("drawing", "flow_bridge", FLOW.format("churned_customers"), lost),
    ],
    "cohorts": [
        Shown("drawing", "cohort_matrix", COHORT.replace("{age}", age), percent)
        for age in ("1", "2", "3")
    ],
    "segments": [
        Shown("cell", f"segment_behaviour|{name}|{place}", SEGMENT.format(**column), written)
        for name, place, column, written in (
            ("Champion", 1, {"column": "customers", "segment": "champion"}, count),
            ("Champion", 3, {"column": "net_revenue", "segment": "champion"}, money),
            ("Hibernating", 2, {"column": "share", "segment": "hibernating"}, percent),
        )
    ],
    "loyalty": [
        Shown(
            "csv",
            f"nps|{column}|{{start}}",
            f"select {source} from metrics.nps where {{period}} and segment_type = 'all'",
            str,
        )
        for column, source in (("value", "nps"), ("responses", "responses"), ("low", "ci_low"))
    ],
    "acquisition": [
        Shown(
            "cell",
            f"channels|Unknown|{place}",
            f"select {column} from metrics.acquisition where {{period}}"
            " and acquisition_channel = 'unknown'",
            written,
        )
        for place, column, written in (
            (2, "new_customers", count),
            (4, "first_order_margin", money),
            (5, "ltv", money),
        )
    ],
    "race": [
        card("metrics.race_funnel", "buyers", count, ALL),
        card("metrics.race_funnel", "returning_rate", percent, ALL),
        card("metrics.race_funnel", "average_order_value", money, ALL),
    ],
    "experiments": [
        Shown("cell", f"{block}|spring_offer_2026 (offer)|{place}", OFFER.format(column), written)
        for block, place, column, written in (
            ("experiment_details", 1, "mean", percent),
            ("experiment_details", 2, "holdout_mean", percent),
            ("experiment_split", 1, "units", count),
        )
    ],
    "predictions": [
        Shown("card", f"metrics.customer_equity.{column}", EQUITY.format(column), written)
        for column, written in (
            ("customer_equity", money),
            ("equity_per_customer", money),
            ("valued_customers", count),
        )
    ],
    "audiences": [
        Shown("cell", f"audience_lists|lapsed_of_high_value|{place}", AUDIENCE.format(where), count)
        for place, where in (
            (2, "true"),
            (3, "status = 'contact'"),
            (4, "status = 'holdout'"),
        )
    ],
    "customer": [
        Shown("fact", "customer_figures|Orders", CUSTOMER.format("orders"), count),
        Shown("fact", "customer_figures|Order days", CUSTOMER.format("order_days"), count),
        Shown("fact", "customer_figures|Net revenue", CUSTOMER.format("net_revenue"), money),
    ],
    "trust": [
        Shown(
            "cell",
            f"row_balance|orders|{place}",
            f"select {column} from quality.row_balance where raw_table = 'orders'",
            count,
        )
        for place, column in ((2, "raw_rows"), (3, "staged_rows"), (6, "rejected_rows"))
    ],
}


class Screen:
    """A browser window on a dashboard; what went wrong in it is kept."""

    def __init__(self, page: Page, shop: Shop) -> None:
        self.page = page
        self.shop = shop
        self.errors: list[str] = []
        page.on("console", self.listen)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def listen(self, message: Any) -> None:
        """Keep what the browser calls an error."""
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, key: str, query: str = "") -> None:
        """Open the dashboard and go to a page by the menu."""
        self.page.goto(f"{self.shop.address}/?{query}")
        self.settle()
        if key != "overview":
            self.page.locator("[data-testid=stSidebarNavLink]").nth(list(MENU).index(key)).click()
            self.page.wait_for_url(re.compile(f"/{key}"))
            self.settle()
        if key == "customer":
            self.page.get_by_role("textbox").fill(
                str(self.shop.rows(CUSTOMER.format("customer_id"))[0][0])
            )
            self.page.keyboard.press("Enter")
            self.page.locator(".st-key-block-customer_spells").wait_for()
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and every chart is drawn, for ten frames in a row.

        What a message of the server changes is drawn some frames after its coming.
        """
        self.page.locator(".r-head").first.wait_for()
        self.page.evaluate("window.calmFrames = 0")
        self.page.wait_for_function(
            """() => {
                const app = document.querySelector("[data-testid=stApp]");
                const charts = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")];
                const isCalm = app.dataset.testScriptState === "notRunning"
                    && !document.querySelector("[data-stale=true]")
                    && charts.every((chart) => chart.querySelector("svg"));
                window.calmFrames = isCalm ? window.calmFrames + 1 : 0;
                return window.calmFrames >= 10;
            }"""
        )

    def press(self, name: str) -> None:
        """Choose an option of a filter that shows its options side by side."""
        before = self.page.url
        self.page.get_by_role("radio", name=name, exact=True).click()
        # The server writes filters into the address: the script runs anew by then. That an option
        # looks chosen says only that the browser knows of the click.
        self.page.wait_for_function("before => location.href !== before", arg=before)
        self.settle()

    def found(self, shown: Shown, start: str) -> set[str]:
        """The texts at a place."""
        place, *rest = shown.place.replace("{start}", start).split("|")
        block = self.page.locator(f".st-key-block-{place}")
        if shown.kind == "card":
            figures = self.page.locator(f'[data-metric="{place}"] .figure')
            return set(figures.evaluate_all("all => all.map((one) => one.firstChild.textContent)"))
        if shown.kind == "drawing":
            return set(block.locator("svg text").all_text_contents())
        if shown.kind == "cell":
            row = block.locator("tbody tr").filter(
                has=self.page.locator(f'td:first-child:text-is("{rest[0]}")')
            )
            return {row.locator("td").nth(int(rest[1])).inner_text()}
        if shown.kind == "fact":
            return {block.locator(f'.r-facts dt:text-is("{rest[0]}") + dd').inner_text()}
        with self.page.expect_download() as download:
            block.get_by_role("button", name="CSV").click()
        text = download.value.path().read_text(encoding="utf-8-sig")
        rows = [row for row in csv.DictReader(text.splitlines()) if row["period_start"] == start]
        return {row[rest[0]] for row in rows}


@pytest.fixture
def screen(browser: Browser, shop: Shop) -> Iterator[Screen]:
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    context.set_default_timeout(120_000)  # a machine at work is slow, not broken
    screen = Screen(context.new_page(), shop)
    yield screen
    context.close()
    assert screen.errors == []


def check_numbers(screen: Screen, key: str, calendar: str, grain: str) -> None:
    """Compare the numbers of a page with the marts, as a chosen calendar and grain have them."""
    which = f"calendar = '{calendar}' and period_grain = '{grain}'"
    newest = f"select max(period_start) from metrics.customer_flow where {which} and is_complete"
    start = screen.shop.rows(newest)[0][0]
    period = f"{which} and period_start = date '{start}'"
    for shown in NUMBERS[key]:
        query = shown.query.replace("{period}", period).replace("{calendar}", calendar)
        value = screen.shop.rows(query)[0][0]
        found = {text.translate(ISOLATES) for text in screen.found(shown, str(start))}
        null = "" if shown.kind == "csv" else "–"
        wanted = null if value is None else shown.written(value)
        assert wanted in found, (shown, start)


@pytest.mark.parametrize("shop", ["demo", "cdnow"], indirect=True)
@pytest.mark.parametrize("key", MENU)
def test_a_page_shows_the_numbers_of_the_marts(screen: Screen, key: str) -> None:
    # Prevents: a page that sums rates, mixes up periods or calendars, or fails in the browser.
    screen.open(key)
    assert screen.page.locator("h1").inner_text() == MENU[key]
    assert screen.page.locator("[data-testid=stException]").count() == 0
    is_orders_only = screen.shop.settings.as_of.startswith("1998")
    empty = EMPTY.get(key, []) if is_orders_only else []
    for block in empty:
        assert screen.page.locator(f".st-key-block-{block} .r-empty").count() == 1, block
    marts = {name for shown in NUMBERS[key] for name in re.findall(r"from (\w+\.\w+)", shown.query)}
    if (is_orders_only and key in NEEDS_MORE) or not marts <= screen.shop.marts():
        assert screen.page.locator(".r-empty").count() > 0
        return
    check_numbers(screen, key, "gregorian", "month")
    screen.press("Jalali")
    screen.press("Quarter")
    check_numbers(screen, key, "jalali", "quarter")


@pytest.mark.parametrize("shop", ["demo"], indirect=True)
def test_the_language_turns_the_page_around(screen: Screen) -> None:
    # Prevents: Persian labels in a page that still runs from left to right, or Latin digits.
    screen.open("flow", "lang=fa&calendar=jalali")
    page = screen.page
    assert page.locator("h1").inner_text() == "ورود و خروج مشتریان"
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("element => getComputedStyle(element).direction") == "rtl"
    texts = page.locator(".st-key-block-flow_bridge svg text").all_text_contents()
    assert [text for text in texts if re.search("[0-9]", text)] == []
    box, menu = page.locator("h1").bounding_box(), page.locator("[data-testid=stSidebar]")
    side = menu.bounding_box()
    assert box
    assert side
    assert box["x"] < side["x"]


@pytest.mark.parametrize("shop", ["demo"], indirect=True)
def test_an_open_period_looks_different_and_is_no_zero(screen: Screen) -> None:
    # Prevents: a month of nine days that reads as a collapse, or as nothing at all.
    screen.open("cohorts", "calendar=jalali")
    block = screen.page.locator(".st-key-block-cohort_matrix")
    dashed = block.locator('svg path[stroke-dasharray="3,2"]')
    cells = screen.shop.rows(
        "select retention_rate, cohort_customers from metrics.retention_cohorts"
        " where calendar = 'jalali' and not is_complete and month_number between 1 and 11"
    )
    assert len(cells) > 5
    assert dashed.count() == len(cells)
    texts = set(block.locator("svg text").all_text_contents())
    assert {percent(rate) for rate, _ in cells} <= texts


@pytest.mark.parametrize("shop", ["demo"], indirect=True)
def test_definitions_open_by_keyboard(screen: Screen) -> None:
    # Prevents: definitions that only a mouse can reach, or that differ from the dictionary.
    screen.open("overview")
    place = '[data-metric="metrics.customer_flow.churn_rate"] summary'
    screen.page.locator(place).focus()
    screen.page.keyboard.press("Enter")
    shown = screen.page.locator('[data-metric="metrics.customer_flow.churn_rate"] dd')
    comment = screen.shop.rows(
        "select comment from duckdb_columns() where schema_name = 'metrics'"
        " and table_name = 'customer_flow' and column_name = 'churn_rate'"
    )
    assert shown.inner_text() == comment[0][0]


@pytest.mark.parametrize("shop", ["demo"], indirect=True)
def test_a_phone_shows_all_without_scrolling_sideways(screen: Screen) -> None:
    # Prevents: a page that is cut off on a phone.
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.page.goto(f"{screen.shop.address}/?")
    screen.settle()
    main = screen.page.locator("[data-testid=stMain]")
    widths = main.evaluate("element => [element.scrollWidth, element.clientWidth]")
    assert widths[0] <= widths[1]


@pytest.mark.parametrize("shop", ["demo"], indirect=True)
def test_a_publication_is_picked_up_at_the_next_interaction(screen: Screen) -> None:
    # Prevents: a dashboard that shows yesterday's numbers until somebody starts it again.
    screen.open("trust")
    publication = screen.page.locator(".st-key-block-publication .r-facts dd").first
    before = publication.inner_text()
    version = screen.shop.publish()
    assert before != version
    screen.press("Quarter")
    assert publication.inner_text() == version
    assert screen.page.locator("[data-testid=stException]").count() == 0


@pytest.mark.parametrize("shop", ["demo"], indirect=True)
def test_what_the_data_says_is_never_run(screen: Screen) -> None:
    # Prevents: raw data that becomes HTML in the reader's browser.
    screen.open("overview")
    cell = screen.page.locator(".st-key-block-findings td.long").first
    assert cell.inner_text() == "66 against 134 <b>orders</b>"


@pytest.mark.parametrize("shop", ["demo"], indirect=True)
def test_an_unknown_customer_is_said(screen: Screen) -> None:
    screen.open("customer")
    screen.page.get_by_role("textbox").fill("nobody' or 1=1 --")
    screen.page.keyboard.press("Enter")
    screen.page.get_by_text("No customer has the id nobody' or 1=1 --").wait_for()
