"""The semantic layer of MetricFlow, written from the list of figures that metrics.kpis quotes.

`python -m lint.semantic_layer` writes models/semantic/ anew; the lint compares. The parts of a rate
stand once, in the macro kpi_catalog; here they become measures and metrics.

The rows are the Gregorian months of the marts. A figure of which a quarter is the sum of its months
is a plain metric. Any other (distinct people, levels, rates made of them) is null where a group
holds several months, so that no query adds up what must not be added up.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import yaml

from lint.finding import Finding
from lint.project import ROOT

CATALOG = Path("macros/metrics/kpi_catalog.sql")
FOLDER = Path("models/semantic")
HEAD = "# Written by `python -m lint.semantic_layer` from macros/metrics/kpi_catalog.sql.\n"
COLUMN = re.compile(r"[a-z]\w*")
# Columns that only serve a rate and of which a quarter is the sum of its months.
ADDITIVE_PARTS: Mapping[str, frozenset[str]] = {
    "visitors": frozenset({"sessions_to_order"}),
    "acquisition": frozenset(
        {
            "first_order_margin_customers",
            "total_first_order_margin",
            "total_value",
            "predicted_customers",
            "total_predicted_value",
        }
    ),
    "referrals": frozenset({"referred_value", "not_referred_value"}),
}
# Marts that compare the two ends of a period: what comes and goes within it is in no longer period.
ENDS_COMPARED = frozenset({"revenue_churn"})
# What the figures of a mart can be grouped by beside time: its rows add up over it.
DIMENSIONS: Mapping[str, tuple[str, ...]] = {"acquisition": ("acquisition_channel",)}

Catalog = list[Mapping[str, Any]]


@dataclass(frozen=True)
class Figure:
    """A figure of a mart: its column, a rate's numerator and denominator in SQL, and whether a
    quarter can be told from its months."""

    mart: str
    column: str
    parts: tuple[str, ...]
    adds_up: bool

    @property
    def metric(self) -> str:
        """The metric's name."""
        return f"{self.mart}_{self.column}"


@dataclass
class Layer:
    """The measures and metrics of one mart, as they are collected."""

    mart: str
    descriptions: Mapping[str, str]
    measures: list[dict[str, str]] = field(default_factory=list)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, kind: str, parameters: Mapping[str, Any], **more: str) -> str:
        """Take in a metric, described as its column is; returns its name."""
        column = name.removeprefix(f"{self.mart}_")
        text = self.descriptions.get(column)
        self.metrics[name] = {
            "name": name,
            "label": f"{self.mart}: {column}".replace("_", " "),
            **({"description": text} if text else {}),
            "type": kind,
            "type_params": dict(parameters),
            **more,
        }
        return name

    def sum_of(self, name: str, expression: str) -> str:
        """A metric that adds up a column or an expression of the month rows."""
        if name in self.metrics:
            return name
        self.measures.append({"name": name, "agg": "sum", "expr": expression})
        month = f"{{{{ Dimension('{self.mart}__gregorian_grain') }}}} = 'month'"
        return self.add(name, "simple", {"measure": name}, filter=month)

    def of_one_month(self, name: str, expression: str) -> str:
        """A metric that is null where a group holds several months."""
        months = self.sum_of(f"{self.mart}_months", "1")
        figure = self.sum_of(f"{name}_sum", expression)
        inputs = [{"name": months, "alias": "months"}, {"name": figure, "alias": "figure"}]
        parameters = {"expr": "case when months = 1 then figure end", "metrics": inputs}
        return self.add(name, "derived", parameters)


def read_catalog(project: Path) -> Catalog:
    """The list that the macro kpi_catalog returns."""
    returned: list[Catalog] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals["return"] = returned.append
    text = (project / CATALOG).read_text("utf-8")
    environment.from_string(text + "{%- do kpi_catalog() -%}").render()
    return returned[0]


def column_descriptions(project: Path) -> dict[str, dict[str, str]]:
    """What each mart of schema metrics says of its columns, in one line each."""
    said: dict[str, dict[str, str]] = {}
    for path in sorted((project / "models/metrics").rglob("_*__models.yml")):
        for model in yaml.safe_load(path.read_text("utf-8"))["models"]:
            said[model["name"].removeprefix("metrics__")] = {
                column["name"]: " ".join(column["description"].split())
                for column in model["columns"]
            }
    return said


def figures(entry: Mapping[str, Any]) -> list[Figure]:
    """The quoted figures of one mart, rates last."""
    mart = str(entry["mart"])
    totals = entry.get("totals", [])
    others = [*entry.get("people", []), *entry.get("levels", [])]
    counted = () if mart in ENDS_COMPARED else (*totals, *ADDITIVE_PARTS.get(mart, ()))
    additive = frozenset(map(str, counted))
    made = [Figure(mart, column, (), column in additive) for column in [*totals, *others]]
    for column, parts in entry.get("rates", {}).items():
        columns = {name for part in parts for name in COLUMN.findall(part)}
        made.append(Figure(mart, column, tuple(parts), bool(columns) and columns <= additive))
    return made


def semantic_mart(entry: Mapping[str, Any], descriptions: Mapping[str, str]) -> dict[str, Any]:
    """The semantic model and the metrics of one mart."""
    mart = str(entry["mart"])
    layer = Layer(mart, descriptions)
    made = figures(entry)
    plain = {figure.column: figure.metric for figure in made if not figure.parts}
    for figure in made:
        take = layer.sum_of if figure.adds_up else layer.of_one_month
        if not figure.parts:
            take(figure.metric, figure.column)
            continue
        names = [
            plain.get(part) or take(f"{figure.metric}_{role}", part)
            for part, role in zip(figure.parts, ("numerator", "denominator"), strict=True)
        ]
        layer.add(figure.metric, "ratio", {"numerator": names[0], "denominator": names[1]})
    condition = f" and {entry['rows']}" if entry.get("rows") else ""
    categories = [
        {
            "name": "gregorian_grain",
            "description": "The grain of a Gregorian row of the whole shop; null for others.",
            "expr": f"case when calendar = 'gregorian'{condition} then period_grain end",
        },
        *({"name": name, "description": descriptions[name]} for name in DIMENSIONS.get(mart, ())),
        {"name": "is_complete", "description": descriptions["is_complete"]},
    ]
    model = {
        "name": mart,
        "description": f"The Gregorian months of metrics.{mart}.",
        "model": f"ref('metrics__{mart}')",
        "defaults": {"agg_time_dimension": "period_start"},
        "primary_entity": mart,
        "dimensions": [
            {
                "name": "period_start",
                "description": descriptions["period_start"],
                "type": "time",
                "type_params": {"time_granularity": "month"},
            },
            *({**category, "type": "categorical"} for category in categories),
        ],
        "measures": layer.measures,
    }
    return {"semantic_models": [model], "metrics": list(layer.metrics.values())}


class _Indented(yaml.SafeDumper):
    """YAML as the house writes it: list items stand below their key, indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's
        super().increase_indent(flow, False)


def semantic_files(project: Path) -> dict[Path, str]:
    """The text of every file of the folder, by path below the project."""
    said = column_descriptions(project)
    return {
        FOLDER / f"_{entry['mart']}__semantic.yml": HEAD
        + yaml.dump(
            semantic_mart(entry, said[entry["mart"]]),
            Dumper=_Indented,
            sort_keys=False,
            width=96,
        )
        for entry in read_catalog(project)
        if figures(entry)
    }


def check(project: Path) -> Iterator[Finding]:
    """A finding for every file that is not what the catalog makes of it."""
    wanted = semantic_files(project)
    found = {path.relative_to(project) for path in (project / FOLDER).glob("*")}
    for path in sorted(found | wanted.keys()):
        text = (project / path).read_text("utf-8") if path in found else None
        if text != wanted.get(path):
            message = "is not of today: run `python -m lint.semantic_layer`"
            yield Finding(path.as_posix(), "semantic-layer", message)


def main() -> int:
    """Write the folder."""
    folder = ROOT / FOLDER
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*"):
        old.unlink()
    for path, text in semantic_files(ROOT).items():
        (ROOT / path).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
