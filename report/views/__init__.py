"""The pages of the dashboard, in the order of the menu: add a page by adding a line."""

from collections.abc import Callable
from dataclasses import dataclass

from report.view import View
from report.views import (
    acquisition,
    audiences,
    cohorts,
    customer,
    experiments,
    flow,
    loyalty,
    overview,
    predictions,
    race,
    segments,
    trust,
)


@dataclass(frozen=True)
class Page:
    """A page: its key (address and labels), its icon, the function that draws it."""

    key: str
    icon: str
    draw: Callable[[View], None]


PAGES = (
    Page("overview", ":material/dashboard:", overview.page),
    Page("flow", ":material/swap_vert:", flow.page),
    Page("cohorts", ":material/grid_on:", cohorts.page),
    Page("segments", ":material/groups:", segments.page),
    Page("loyalty", ":material/favorite:", loyalty.page),
    Page("acquisition", ":material/payments:", acquisition.page),
    Page("race", ":material/filter_alt:", race.page),
    Page("experiments", ":material/science:", experiments.page),
    Page("predictions", ":material/query_stats:", predictions.page),
    Page("audiences", ":material/campaign:", audiences.page),
    Page("customer", ":material/person_search:", customer.page),
    Page("trust", ":material/verified:", trust.page),
)
