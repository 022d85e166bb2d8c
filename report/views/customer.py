"""Customer: everything the marts know of one customer, by id."""

from datetime import date

import streamlit as st

from report import charts, markup
from report.blocks import chart, page_head, remember, table, title
from report.figures import columns_of
from report.markup import Head, Table, head_of
from report.published import Row
from report.view import View

CUSTOMERS = "customers.customers"
PROFILE = (
    *("lifecycle_state", "rfm_segment", "rfm_score", "nps_group", "buying_behaviour"),
    *("acquisition_channel", "acquisition_campaign", "country", "region", "city"),
    *("favourite_category", "signed_up_at", "referred_by_customer_id"),
    *("email_consent", "sms_consent", "push_consent"),
)
FIGURES = (
    *("orders", "order_days", "net_revenue", "margin", "average_order_value"),
    *("first_order_date", "last_order_date", "days_since_last_order"),
    *("median_days_between_orders", "expected_next_order_date", "days_overdue"),
)
VALUE = (
    *("historic_value", "historic_basis", "formula_clv", "predicted_clv"),
    *("expected_orders", "expected_spend", "probability_alive"),
)
LIFECYCLE, CLV = "customers.lifecycle", "customers.clv"
CATEGORIES, CARTS = "customers.category_affinity", "customers.abandoned_carts"


def page(view: View) -> None:
    """The page."""
    words = view.words
    page_head(view, "customer")
    if "customer_id" not in st.session_state:
        st.session_state["customer_id"] = st.query_params.get("customer_id", "")
    st.text_input(
        words.text("filter.customer_id"),
        key="customer_id",
        placeholder=words.text("filter.customer_id_example"),
    )
    asked = remember("customer_id", "").strip()
    if not asked:
        st.html(markup.empty(words.text("empty.customer"), words.text("empty.customer_advice")))
        return
    found = of_customer(view, CUSTOMERS, asked)
    if not found:
        st.html(
            markup.empty(
                words.text("empty.unknown_customer", customer=asked),
                words.text("empty.customer_advice"),
            )
        )
        return
    facts(view, "customer_figures", CUSTOMERS, FIGURES, found[0])
    left, right = st.columns(2)
    with left:
        facts(view, "customer_profile", CUSTOMERS, PROFILE, found[0])
    with right:
        value = of_customer(view, CLV, asked)
        facts(view, "customer_value", CLV, VALUE, value[0] if value else {})
    story(view, of_customer(view, LIFECYCLE, asked, "spell_number"))
    left, right = st.columns(2)
    with left:
        categories = of_customer(view, CATEGORIES, asked, '"rank", category')
        rows = [
            {**row, "label": words.value(row["category"]), "value": row["orders"]}
            for row in categories
        ]
        chart(
            view,
            "customer_categories",
            rows,
            lambda: charts.ranking(rows, words, "count"),
            columns_of(CATEGORIES, "orders", "share_of_orders"),
            needs=("order_items",),
        )
    with right:
        names = ("started_at", "channel", "cart_additions", "checkouts")
        heads = [
            Head("started_at", words.column("started_at"), "time"),
            *(head_of(view.published, words, CARTS, name) for name in names[1:]),
        ]
        carts = of_customer(view, CARTS, asked, "started_at desc")
        table(
            view,
            "customer_carts",
            Table(heads, carts),
            columns_of(CARTS, *names),
            needs=("sessions",),
        )


def of_customer(view: View, mart: str, customer: str, order: str = "customer_id") -> list[Row]:
    """The rows of one customer in a mart."""
    if not view.published.has_rows(mart):
        return []
    return view.published.rows(
        f"select * from {mart} where customer_id = ? order by {order}", customer
    )


def facts(view: View, key: str, mart: str, names: tuple[str, ...], row: Row) -> None:
    """Columns of one row as names and values; what is not known is a dash."""
    words = view.words
    with st.container(border=True, key=f"block-{key}", height="stretch"):
        title(view, key, columns_of(mart, *names))
        pairs = [(words.column(name), row.get(name), view.kind(mart, name)) for name in names]
        st.html(markup.facts(words, pairs))


def story(view: View, rows: list[Row]) -> None:
    """The customer's spells from the first order to as_of."""
    words = view.words
    as_of: date = view.published.publication["as_of"]
    shown = []
    for row in rows:
        ended: date = row["churned_on"] or as_of
        state = "word.churned_on" if row["churned_on"] else "word.still_active"
        shown.append(
            {
                **row,
                "label": words.text("word.spell", number=words.number(row["spell_number"])),
                "from_day": row["active_from"].toordinal(),
                "last_day": row["last_order_date"].toordinal(),
                "until_day": ended.toordinal(),
                "shown": words.text(
                    "word.spell_sum",
                    orders=words.number(row["orders"]),
                    revenue=words.number(row["net_revenue"], "money"),
                ),
                "state": words.text(state, day=words.day(ended)),
            }
        )
    first = rows[0]["active_from"] if rows else as_of
    grain = (
        "year"
        if (as_of - first).days > 1500
        else "quarter"
        if (as_of - first).days > 500
        else "month"
    )
    ticks = {
        start.toordinal(): name
        for start, name in view.names(grain).items()
        if first <= start <= as_of
    }
    chart(
        view,
        "customer_spells",
        shown,
        lambda: charts.spells(shown, words, ticks or {as_of.toordinal(): words.day(as_of)}),
        columns_of(LIFECYCLE, "spell_number", "active_from", "last_order_date", "churned_on"),
        value="spell_number",
    )
