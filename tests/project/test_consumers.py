"""What is said of the readers of the marts is what they read."""

import re
from pathlib import Path

import pytest
import yaml

from lint import links
from lint.project import ROOT
from lint.semantic_layer import figures, read_catalog


def exposed(name: str) -> set[str]:
    """The tables that an exposure depends on, as schema.table."""
    exposures = yaml.safe_load((ROOT / "models/_exposures.yml").read_text("utf-8"))["exposures"]
    references = next(each["depends_on"] for each in exposures if each["name"] == name)
    return {re.sub(r"ref\('(\w+?)__(\w+)'\)", r"\1.\2", reference) for reference in references}


def test_the_superset_exposure_names_the_tables_of_its_charts() -> None:
    """Prevents: a mart that is changed in the belief that no chart reads it."""
    dashboard = yaml.safe_load((ROOT / "bi/superset/dashboard.yml").read_text("utf-8"))
    tables = {chart["table"] for chart in dashboard["charts"]}
    assert exposed("superset_dashboard") == tables - {"quality.publication"}


def test_the_dashboard_exposure_names_only_tables_of_its_pages() -> None:
    """Prevents: a mart that is kept as it is for a page that no longer reads it."""
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "report").rglob("*.py"))
    tables = set(re.findall(r"\b(?:customers|metrics|quality)\.[a-z_]+\b", code))
    assert exposed("dashboard") <= tables


def test_the_semantic_exposure_names_every_quoted_mart() -> None:
    """Prevents: a mart that is changed in the belief that no metric is made of it."""
    marts = {f"metrics.{entry['mart']}" for entry in read_catalog(ROOT) if figures(entry)}
    assert exposed("semantic_layer") == {*marts, "metrics.calendar"}


def test_a_quarter_adds_up_only_what_adds_up() -> None:
    """Prevents: a rate of distinct people or of levels that counts as a rate of totals."""
    made = figures(
        {
            "mart": "visitors",
            "totals": ["sessions", "carts"],
            "people": ["visitors"],
            "rates": {
                "cart_rate": ["carts", "sessions"],
                "sessions_per_visitor": ["sessions", "visitors"],
                "minutes": ["sessions_to_order", "60 * sessions"],
                "median": [],
            },
        }
    )
    assert {figure.column: figure.adds_up for figure in made} == {
        "sessions": True,
        "carts": True,
        "visitors": False,
        "cart_rate": True,
        "sessions_per_visitor": False,
        "minutes": True,
        "median": False,
    }


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("[there](docs/page.md)", None),
        ("[there](docs/page.md#two-words-again-1)", None),
        ("[here](#head)", None),
        ("[out](https://example.com/nothing)", None),
        ("`[code](nowhere.md)`", None),
        ("```\n[code](nowhere.md)\n```", None),
        ("[gone](docs/gone.md)", "docs/gone.md: no such file"),
        ("![shot](shot.png)", "shot.png: no such file"),
        ("[gone](docs/page.md#three)", "docs/page.md#three: no such heading"),
    ],
)
def test_links_are_followed(tmp_path: Path, text: str, finding: str | None) -> None:
    """Prevents: documents that point at files and headings which were renamed."""
    (tmp_path / "docs").mkdir()
    page = "# Page\n## Two `words`, again\n## Two words again\n```\n# three\n```\n"
    (tmp_path / "docs/page.md").write_text(page, "utf-8")
    (tmp_path / "README.md").write_text(f"# Head\n\n{text}\n", "utf-8")
    found = [each.message for each in links.check(tmp_path)]
    assert found == ([finding] if finding else [])
