"""Fit the purchase models of a build file from its facts, and keep what was fitted.

Reads grouped sufficient statistics, writes raw.model_fits and raw.model_parameters. A fit whose
data and vars have not changed since the newest one of the same day is not repeated.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from orchestration.purchase_models import Estimate, Likelihood, bg_nbd, gamma_gamma, maximise, sbg
from orchestration.raw_files import FIT_TYPES, PARAMETER_TYPES

Columns = dict[str, NDArray[Any]]
# Part of every data fingerprint: raise it when the same data would be fitted otherwise.
METHOD = "1"


@dataclass(frozen=True)
class Task:
    """A model, the sample it is fitted to, and how.

    `query` gives the groups, sorted; its column `customers` counts the members of a group.
    `returned` marks the groups whose members count towards the least number that a fit asks for.
    """

    model: str
    sample: str
    query: str
    likelihood: Callable[[Columns], Likelihood]
    returned: Callable[[Columns], NDArray[np.bool_]]
    lacking: str


@dataclass(frozen=True)
class FitRequest:
    """The one row of intermediate.fit_request."""

    as_of: date
    run_at: datetime
    raw_dir: str
    min_customers: int
    vars_fingerprint: str


@dataclass(frozen=True)
class Fit:
    """What is known of a model after this run. `is_new`: fitted or refused now, not kept."""

    model: str
    sample: str
    version: str
    customers: int
    repeat_customers: int
    is_converged: bool
    log_likelihood: float | None
    note: str | None
    is_new: bool


def real(values: NDArray[Any]) -> NDArray[np.float64]:
    """As floating-point numbers."""
    return values.astype(np.float64)


def purchases(sample: str) -> Task:
    """BG/NBD of a sample; days become weeks here."""
    return Task(
        "bg_nbd",
        sample,
        "select frequency, recency_days, age_days, customers from intermediate.purchase_groups"
        f" where sample = '{sample}' order by all",
        lambda groups: bg_nbd(
            real(groups["frequency"]),
            real(groups["recency_days"]) / 7,
            real(groups["age_days"]) / 7,
            real(groups["customers"]),
        ),
        lambda groups: groups["frequency"] > 0,
        "with a second order day",
    )


SPEND = Task(
    "gamma_gamma",
    "all",
    "select frequency, cast(repeat_net_revenue as double) as spend, count(*) as customers"
    " from intermediate.purchase_histories where frequency > 0 and repeat_net_revenue > 0"
    " group by all order by all",
    lambda groups: gamma_gamma(
        real(groups["frequency"]), groups["spend"], real(groups["customers"])
    ),
    lambda groups: groups["frequency"] > 0,
    "whose later order days brought money",
)
SUBSCRIPTIONS = Task(
    "sbg",
    "all",
    "select periods, is_lost, subscribers as customers from intermediate.subscriber_groups"
    " order by all",
    lambda groups: sbg(real(groups["periods"]), groups["is_lost"], real(groups["customers"])),
    lambda groups: groups["is_lost"],
    "who left a subscription",
)
TASKS = (purchases("all"), purchases("calibration"), SPEND, SUBSCRIPTIONS)


def fit_models(build_file: Path, tasks: Sequence[Task] = TASKS) -> list[Fit]:
    """Fit what has changed; raises duckdb.Error where the facts are missing."""
    with closing(duckdb.connect(str(build_file))) as connection:
        row = connection.execute(
            "select as_of, run_at, raw_dir, min_customers, vars_fingerprint"
            " from intermediate.fit_request"
        ).fetchone()
        if row is None:
            return []
        request = FitRequest(*row)
        return [fit_model(connection, request, task) for task in tasks]


def fit_model(connection: duckdb.DuckDBPyConnection, request: FitRequest, task: Task) -> Fit:
    """Fit one model, or give the newest fit where its data and vars are the same."""
    groups = {
        name: np.ma.getdata(values)
        for name, values in connection.execute(task.query).fetchnumpy().items()
    }
    fingerprint = data_fingerprint(request, task, groups)
    version = f"{request.as_of}-{fingerprint[:8]}"
    known = connection.execute(
        "select model_version, customers, repeat_customers, is_converged, log_likelihood, note"
        " from raw.model_fits where model = ? and sample = ? and raw_dir = ?"
        " and vars_fingerprint = ? and as_of <= ? order by as_of desc, fit_number desc limit 1",
        [task.model, task.sample, request.raw_dir, request.vars_fingerprint, request.as_of],
    ).fetchone()
    if known and known[0] == version:
        return Fit(
            task.model,
            task.sample,
            version,
            customers=known[1],
            repeat_customers=known[2],
            is_converged=known[3],
            log_likelihood=known[4],
            note=known[5],
            is_new=False,
        )
    customers = int(groups["customers"].sum())
    repeat_customers = int(groups["customers"][task.returned(groups)].sum())
    estimate: Estimate | None = None
    note: str | None = None
    if repeat_customers < request.min_customers:
        note = (
            f"refused: {repeat_customers} {task.lacking}, a fit asks for {request.min_customers}"
            " (fit_min_customers)"
        )
    else:
        try:
            estimate = maximise(task.likelihood(groups))
            note = limits(estimate)
        except (ArithmeticError, ValueError) as error:  # of the linear algebra too
            note = f"failed: {error}"
    fit = Fit(
        task.model,
        task.sample,
        version,
        customers,
        repeat_customers,
        estimate is not None and estimate.is_converged,
        estimate.log_likelihood if estimate else None,
        note,
        is_new=True,
    )
    keep(connection, request, fit, fingerprint, estimate)
    return fit


def data_fingerprint(request: FitRequest, task: Task, groups: Columns) -> str:
    """One hash of everything that the result of a fit depends on."""
    said = f"{METHOD} {task.model} {task.sample} {request.as_of} {request.min_customers}"
    digest = hashlib.sha256(f"{said} {request.vars_fingerprint}".encode())
    for name, values in sorted(groups.items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def limits(estimate: Estimate) -> str | None:
    """What a reader must know before he trusts the fit; None where it is as it should be."""
    if not estimate.is_converged:
        return f"not converged after {estimate.steps} steps"
    if estimate.at_bound:
        names = ", ".join(estimate.at_bound)
        return f"the likelihood is flat: {names} at its bound, without a standard error"
    return None


def keep(
    connection: duckdb.DuckDBPyConnection,
    request: FitRequest,
    fit: Fit,
    fingerprint: str,
    estimate: Estimate | None,
) -> None:
    """Write a fit and its parameters; the same version, fitted before, gives way to it."""
    row = connection.execute(
        "select coalesce(max(fit_number), 0) + 1 from raw.model_fits"
    ).fetchone()
    number = int(row[0]) if row else 1
    values = {
        "fit_number": number,
        "model": fit.model,
        "sample": fit.sample,
        "model_version": fit.version,
        "raw_dir": request.raw_dir,
        "vars_fingerprint": request.vars_fingerprint,
        "data_fingerprint": fingerprint,
        "as_of": request.as_of,
        "fitted_at": request.run_at,
        "customers": fit.customers,
        "repeat_customers": fit.repeat_customers,
        "log_likelihood": fit.log_likelihood,
        "is_converged": fit.is_converged,
        "starts": estimate.starts if estimate else 0,
        "starts_agreeing": estimate.starts_agreeing if estimate else 0,
        "steps": estimate.steps if estimate else 0,
        "note": fit.note,
    }
    connection.execute("begin")
    same = "model = ? and sample = ? and raw_dir = ? and model_version = ?"
    for relation in ("model_parameters", "model_fits"):
        connection.execute(
            f"delete from raw.{relation} where fit_number in"
            f" (select fit_number from raw.model_fits where {same})",
            [fit.model, fit.sample, request.raw_dir, fit.version],
        )
    connection.execute(
        f"insert into raw.model_fits values ({', '.join('?' * len(FIT_TYPES))})",
        [values[name] for name in FIT_TYPES],
    )
    for name, value in estimate.parameters.items() if estimate else ():
        error = estimate.standard_errors[name] if estimate else math.nan
        connection.execute(
            f"insert into raw.model_parameters values ({', '.join('?' * len(PARAMETER_TYPES))})",
            [number, name, value, None if math.isnan(error) else error],
        )
    connection.execute("commit")
