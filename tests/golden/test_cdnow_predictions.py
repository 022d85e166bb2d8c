"""Predicted value through the whole warehouse, on the sample that the papers were written on."""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from orchestration.fit import Fit, fit_models
from tests.golden.conftest import RUN_AT, Warehouse, build_warehouse, run
from tests.predict.cdnow import write_sample

CALIBRATION_END, NEXT_DAY, HOLDOUT_END = "1997-09-30", "1997-10-01", "1998-06-30"
# The sample has no subscriptions, and the build below goes on without that model.
MODELS = {("bg_nbd", "all"), ("bg_nbd", "calibration"), ("gamma_gamma", "all"), ("sbg", "all")}


class Steps(NamedTuple):
    """What customers.clv held after each step of one warehouse, and what was fitted between."""

    plain: list[dict[str, Any]]
    fits: dict[tuple[str, str], Fit]
    fits_again: list[Fit]
    scored: dict[str, dict[str, Any]]
    next_day: list[dict[str, Any]]
    parameters: dict[tuple[str, str], dict[str, float]]


def plain_build(raw: Path, warehouse: Path, as_of: str) -> list[dict[str, Any]]:
    """`dbt build` of customers.clv and what it is made of; its rows by customer_id."""
    command = [sys.executable, "-m", "dbt.cli.main", "build", "-s", "+customers__clv"]
    command += ["--resource-type", "model", "--resource-type", "seed"]
    run(
        [
            *command,
            "--target-path",
            str(warehouse / "target"),
            "--log-path",
            str(warehouse / "logs"),
        ],
        RAW_DIR=str(raw),
        WAREHOUSE_DIR=str(warehouse),
        AS_OF=as_of,
        RUN_AT=RUN_AT,
        VARS="",
    )
    with duckdb.connect(str(warehouse / "build.duckdb"), read_only=True) as connection:
        cursor = connection.execute("select * from customers.clv order by customer_id")
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample as `raw`."""
    made = tmp_path_factory.mktemp("predictions")
    write_sample(made / "raw")
    return made


@pytest.fixture(scope="module")
def steps(folder: Path) -> Steps:
    """A plain build, the fit, the same build again, and the build of the next day."""
    raw, warehouse = folder / "raw", folder / "warehouse"
    plain = plain_build(raw, warehouse, CALIBRATION_END)
    with duckdb.connect(str(warehouse / "build.duckdb")) as connection:
        connection.execute(
            "create table intermediate.subscriber_groups"
            " (periods bigint, is_lost boolean, subscribers bigint)"
        )
    fits = {(each.model, each.sample): each for each in fit_models(warehouse / "build.duckdb")}
    fits_again = fit_models(warehouse / "build.duckdb")
    parameters: dict[tuple[str, str], dict[str, float]] = {}
    with duckdb.connect(str(warehouse / "build.duckdb"), read_only=True) as connection:
        for model, sample, name, value in connection.execute(
            "select model, sample, parameter, value from raw.model_parameters"
            " inner join raw.model_fits using (fit_number)"
        ).fetchall():
            parameters.setdefault((model, sample), {})[name] = value
    scored = plain_build(raw, warehouse, CALIBRATION_END)
    next_day = plain_build(raw, warehouse, NEXT_DAY)
    return Steps(
        plain,
        fits,
        fits_again,
        {row["customer_id"]: row for row in scored},
        next_day,
        parameters,
    )


@pytest.fixture(scope="module")
def held_out(folder: Path) -> Warehouse:
    """The same shop 39 weeks later, by `make build` in a warehouse of its own."""
    return build_warehouse(folder / "raw", folder / "later", HOLDOUT_END)


def test_a_plain_build_without_a_fit_predicts_nothing(steps: Steps) -> None:
    # Prevents: numbers of no model, or a build that ends because there is none.
    assert len(steps.plain) == 2357
    for row in steps.plain:
        predicted = [row[name] for name in row if name.startswith(("expected_o", "expected_s"))]
        others = [row[name] for name in ("predicted_clv", "probability_alive", "model_version")]
        assert {*predicted, *others} == {None}
        assert row["historic_value"] is not None


def test_a_plain_build_without_a_fit_says_so(folder: Path, steps: Steps) -> None:
    assert len(steps.plain) == 2357
    log = (folder / "warehouse" / "logs" / "dbt.log").read_text(encoding="utf-8")
    assert "No purchase model is fitted in this warehouse" in log


def test_the_models_fitted_by_the_warehouse_are_the_published_ones(steps: Steps) -> None:
    assert steps.fits.keys() == MODELS
    orders, spend = steps.fits["bg_nbd", "all"], steps.fits["gamma_gamma", "all"]
    assert (orders.customers, spend.customers) == (2357, 946)
    found = steps.parameters
    assert [found["bg_nbd", "all"][name] for name in "r alpha a b".split()] == pytest.approx(
        [0.2426, 4.4135, 0.7929, 2.4258], abs=5e-4
    )
    assert [found["gamma_gamma", "all"][name] for name in "pqv"] == pytest.approx(
        [6.2488, 3.7446, 15.4477], abs=2e-2
    )
    assert orders.log_likelihood == pytest.approx(-9582.43, abs=0.01)
    assert spend.log_likelihood == pytest.approx(-4055.92, abs=0.1)


def test_a_model_without_customers_is_refused_and_stops_nothing(steps: Steps) -> None:
    refused = steps.fits["sbg", "all"]
    assert not refused.is_converged
    assert refused.note == (
        "refused: 0 who left a subscription, a fit asks for 50 (fit_min_customers)"
    )


def test_a_fit_of_the_same_data_is_not_repeated(steps: Steps) -> None:
    assert [each.is_new for each in steps.fits.values()] == [True] * 4
    assert [each.is_new for each in steps.fits_again] == [False] * 4
    assert [each.version for each in steps.fits_again] == [
        each.version for each in steps.fits.values()
    ]


def test_published_customers_through_the_warehouse(steps: Steps) -> None:
    first_ten = sorted(steps.scored)[:10]
    spends = [round(steps.scored[customer]["expected_spend"], 2) for customer in first_ten]
    assert spends == pytest.approx(
        [24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17], abs=0.011
    )
    assert round(steps.scored[first_ten[0]]["probability_alive"], 4) == 0.7266
    assert steps.scored[first_ten[2]]["probability_alive"] is None, "no repeat, no evidence"


def test_predicted_value_is_orders_times_spend_times_margin(steps: Steps) -> None:
    for row in steps.scored.values():
        assert row["predicted_clv"] == pytest.approx(
            row["expected_orders"] * row["expected_spend"] * row["margin_share"], rel=1e-12
        )


def test_a_fit_of_yesterday_scores_today(steps: Steps) -> None:
    versions = {row["model_version"] for row in steps.next_day}
    orders, spend = steps.fits["bg_nbd", "all"], steps.fits["gamma_gamma", "all"]
    assert versions == {f"bg_nbd {orders.version}, gamma_gamma {spend.version}"}
    assert orders.version.startswith(CALIBRATION_END)
    assert all(row["expected_orders"] > 0 for row in steps.next_day)


def test_the_backtest_of_the_papers_holdout(held_out: Warehouse) -> None:
    row = held_out.rows(
        "select cast(calibration_ends_on as varchar), holdout_days, customers, actual_orders,"
        " round(predicted_orders, 1), round(predicted_correlation, 4),"
        " round(predicted_mean_absolute_error, 3), round(naive_mean_absolute_error, 3)"
        " from metrics.clv_backtest where frequency_class = 'all'"
    )
    assert row == [(CALIBRATION_END, 273, 2357, 1882, 1653.4, 0.6256, 0.785, 1.024)]


def test_a_build_fits_publishes_and_keeps_its_versions(held_out: Warehouse) -> None:
    fits = held_out.rows(
        "select model, sample, customers, is_converged, is_newest from metrics.model_fits"
        " order by model, sample"
    )
    assert fits == [
        ("bg_nbd", "all", 2357, True, True),
        ("bg_nbd", "calibration", 2357, True, True),
        ("gamma_gamma", "all", 1139, True, True),
        ("sbg", "all", 0, False, True),
    ]
    equity = held_out.rows(
        "select customer_equity = (select sum(cast(predicted_clv as decimal(38, 4)))"
        " from customers.clv), customers from metrics.customer_equity where segment_type = 'all'"
    )
    assert equity == [(True, 2357)]
    assert held_out.rows("select count(*) from metrics.subscription_retention") == [(0,)]
