"""Every page, and the static report, on shops that have hardly anything."""

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from orchestration.publish import PUBLICATION_COLUMNS, create_record
from orchestration.quality.results import RESULT_COLUMNS
from report.published import Published
from report.static import write_static
from report.views import PAGES
from tests.replay.harness import RawRow, Replay

# Customer marts that a page counts as a whole, in a few small columns; others only by id.
COUNTED_WHOLE = {"segments": {"rfm"}, "audiences": {"audience_members"}}
NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
AS_OF = date(2026, 6, 30)


def order(number: int, day: str, customer: str | None = "ann", amount: str = "10") -> RawRow:
    return {
        "order_id": str(number),
        "ordered_at": day,
        "customer_id": customer,
        "amount": amount,
        "status": "completed",
        "_file": "orders.csv",
        "_row": number,
    }


SESSION = {
    "session_id": "s",
    "visitor_id": "v",
    "started_at": "2026-06-30",
    "_file": "sessions.csv",
    "_row": 1,
}
SHOPS: dict[str, Mapping[str, Sequence[RawRow]]] = {
    "nothing": {},
    "one visit": {"sessions": [SESSION]},
    "one order": {"orders": [order(1, "2026-06-30")]},
    "a guest": {"orders": [order(1, "2026-06-30", customer=None)]},
    "one customer for years": {
        "orders": [order(year, f"{year}-06-30") for year in range(2018, 2027)]
    },
    "all refunded": {"orders": [order(1, "2026-05-01", amount="0")]},
}


@cache
def replay() -> Replay:
    return Replay({"max_rejected_share": 1})


@pytest.fixture(scope="module", params=SHOPS)
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The marts of a small shop as a published file."""
    path = tmp_path_factory.mktemp("shop") / "marts.duckdb"
    built = replay()
    built.run(SHOPS[request.param], AS_OF, NOW)
    marts = [
        node.relation
        for node in built.project.nodes
        if node.kind == "model"
        and node.relation.split(".")[0] in ("customers", "metrics", "quality")
    ]
    built.connection.execute(f"attach '{path}' as published")
    for mart in marts:
        built.connection.execute(f"create schema if not exists published.{mart.split('.')[0]}")
        built.connection.execute(f"create table published.{mart} as from {mart}")
    built.connection.execute("detach published")
    with closing(duckdb.connect(str(path))) as connection:
        create_record(connection, "publication", "One row a publication.", PUBLICATION_COLUMNS)
        create_record(connection, "check_results", "What each check said.", RESULT_COLUMNS)
        connection.execute(
            "insert into quality.publication"
            " values ('v1', '2026-07-01', '2026-06-30', null, '', '', 'USD', '[]', 0, '[]')"
        )
    return path


def draw(path: str) -> None:
    """Every page, drawn as the dashboard draws it; Streamlit runs this text by itself."""
    from pathlib import Path

    import streamlit as st

    from report.published import Published
    from report.view import View
    from report.views import PAGES
    from report.words import Words

    view = View(Published(Path(path)), Words("fa", "USD"), "jalali")
    view = View(view.published, view.words, "jalali", "month", view.newest_complete)
    for page in PAGES:
        before = set(view.published.answers)
        page.draw(view)
        asked = set(view.published.answers) - before
        st.session_state[f"asked_by_{page.key}"] = [query for query, *_ in asked]


def test_the_pages_of_a_small_shop_stand(published: Path) -> None:
    # Prevents: a page that fails, or divides by nothing, before a shop has grown into it; and one
    # that reads ten million customers because somebody looks at it.
    app = AppTest.from_function(draw, kwargs={"path": str(published)}, default_timeout=120)
    app.session_state["customer_id"] = "ann"
    app.run()
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    for page in PAGES:
        for query in app.session_state[f"asked_by_{page.key}"]:
            read = set(re.findall(r"from customers\.(\w+)", query))
            is_one = "where customer_id = ?" in query
            assert is_one or read <= COUNTED_WHOLE.get(page.key, set()), query


def test_the_static_report_of_a_small_shop_stands(published: Path, tmp_path: Path) -> None:
    write_static(tmp_path / "page.html", Published(published))
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h1>" in text
    assert "NaN" not in text
