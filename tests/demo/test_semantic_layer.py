"""MetricFlow, asked as `make mf` asks it, says of every month what the marts say."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest

from lint.project import ROOT
from lint.strict_parse import strict_parse

# Money a unit has four decimals in the marts; MetricFlow divides without rounding.
HALF_A_UNIT = 0.00005 + 1e-9


@pytest.fixture(scope="module")
def metricflow(
    demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MetricFlowEngine]:
    """The engine behind the `mf` command, on the published file of the demo."""
    project = tmp_path_factory.mktemp("semantic")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_TARGET", "published")
        patch.setenv("DBT_LOG_PATH", str(project / "logs"))
        strict_parse(ROOT, project)
        # Under a name of its own: one process opens a file in one way only.
        (project / "marts.duckdb").hardlink_to(demo_warehouse / "marts.duckdb")
        patch.setenv("WAREHOUSE_DIR", str(project))
        for name in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(ROOT / name, project)
        configuration = CLIConfiguration()
        configuration.setup(project, project, configure_file_logging=False)
        yield configuration.mf


@pytest.fixture(scope="module")
def marts(demo_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published marts, open beside MetricFlow."""
    with duckdb.connect(str(demo_warehouse / "marts.duckdb"), read_only=True) as connection:
        yield connection


def ask(engine: MetricFlowEngine, metrics: list[str], *group_by: str) -> pd.DataFrame:
    """The answer of one query, by its group-by columns."""
    request = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=list(group_by))
    table = engine.query(request).result_df
    assert table is not None
    frame = pd.DataFrame(table.rows, columns=list(table.column_names))
    return frame.set_index(list(group_by)).astype(float).sort_index()


def figures(marts: duckdb.DuckDBPyConnection, grain: str) -> pd.DataFrame:
    """What the marts say: a row a Gregorian period, a column a metric as MetricFlow names it."""
    rows = marts.execute(
        "select period_start, replace(metric, '.', '_') as metric, value from metrics.kpis"
        f" where calendar = 'gregorian' and period_grain = '{grain}'"
    ).df()
    return rows.pivot_table(index="period_start", columns="metric", values="value", dropna=False)


def kinds(marts: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The kind of each metric, as metrics.kpis tells it."""
    query = "select distinct replace(metric, '.', '_'), kind from metrics.kpis"
    return dict(marts.execute(query).fetchall())


def test_every_metric_of_every_month_is_the_marts(
    metricflow: MetricFlowEngine, marts: duckdb.DuckDBPyConnection
) -> None:
    """Prevents: a second definition of a metric in the semantic layer, or one left out."""
    said = figures(marts, "month")
    answer = ask(metricflow, list(said.columns), "metric_time__month")
    answer = answer.reindex(index=said.index, columns=said.columns)
    assert len(said) >= 30
    assert (answer.isna() == said.isna()).all(axis=None)
    differs = (answer - said).abs() > HALF_A_UNIT + said.abs() * 1e-9
    assert not differs.any(axis=None), answer.columns[differs.any()].tolist()


def test_no_quarter_adds_up_what_does_not_add_up(
    metricflow: MetricFlowEngine, marts: duckdb.DuckDBPyConnection
) -> None:
    """Prevents: three months' distinct people, levels or mean rates summed into a quarter's."""
    said = figures(marts, "quarter").iloc[1:]
    answer = ask(metricflow, list(said.columns), "metric_time__quarter")
    answer = answer.reindex(index=said.index, columns=said.columns)
    differs = (answer - said).abs() > HALF_A_UNIT + said.abs() * 1e-9
    assert not differs.any(axis=None), answer.columns[differs.any()].tolist()
    for metric, kind in kinds(marts).items():
        if kind == "total" and not metric.startswith("revenue_churn_"):
            assert (answer[metric].isna() == said[metric].isna()).all(), metric
        if kind in ("people", "level"):
            assert answer[metric].isna().all(), metric


def test_acquisition_is_told_by_channel(
    metricflow: MetricFlowEngine, marts: duckdb.DuckDBPyConnection
) -> None:
    """Prevents: a dimension that filters or repeats rows."""
    answer = ask(
        metricflow,
        ["acquisition_new_customers", "acquisition_cac"],
        "metric_time__month",
        "acquisition__acquisition_channel",
    )
    said = marts.execute(
        "select period_start, acquisition_channel, new_customers, cac from metrics.acquisition"
        " where calendar = 'gregorian' and period_grain = 'month' order by 1, 2"
    ).df()
    assert answer["acquisition_new_customers"].tolist() == said["new_customers"].tolist()
    cac = said["cac"].astype(float)
    assert (answer["acquisition_cac"].isna().to_numpy() == cac.isna().to_numpy()).all()
    assert (answer["acquisition_cac"].to_numpy() - cac).abs().max() <= HALF_A_UNIT
