"""Audiences: how many customers each list would reach, and why the others stay out."""

from report.blocks import page_head, table
from report.figures import columns_of
from report.markup import Head, Table
from report.view import View

MART = "customers.audience_members"
STATUSES = ("contact", "holdout", "suppressed", "no_consent", "no_address", "over_cap")
# Two small columns of the lists, counted once a version.
LISTS = f"""
select
    audience,
    any_value(destination) as destination,
    count(*) as customers,
    {", ".join(f"count(*) filter (where status = '{name}') as {name}" for name in STATUSES)}
from {MART}
group by audience
order by min(priority), audience
"""


def page(view: View) -> None:
    """The page."""
    words = view.words
    page_head(view, "audiences")
    rows = view.published.rows(LISTS) if view.published.has_rows(MART) else []
    heads = [
        Head("audience", words.column("audience"), "code"),
        Head("destination", words.column("destination")),
        Head("customers", words.column("customers"), "count"),
        *(Head(name, words.column(name), "count") for name in STATUSES),
    ]
    sources = columns_of(MART, "audience", "destination", "status")
    table(view, "audience_lists", Table(heads, rows), sources, needs=())
