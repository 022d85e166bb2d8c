"""Maximum likelihood for the models behind predicted value, on grouped sufficient statistics.

BG/NBD (Fader, Hardie, Lee 2005) for how often a customer orders and when he leaves, Gamma-Gamma
(Fader, Hardie 2013) for what an order day brings, sBG (Fader, Hardie 2007) for how long a
subscription is renewed. Time is in weeks, for sBG in renewal periods. Each likelihood is maximised
over the logarithms of its parameters, so that all stay above zero, with its own first and second
derivatives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, polygamma, psi

Array = NDArray[np.float64]
# Log-likelihood, its gradient and its matrix of second derivatives at natural parameters.
Evaluation = tuple[float, Array, Array]

# The several starts work on at most so many groups; the best is then polished on all of them.
PILOT_GROUPS = 20_000
MAX_STEPS = 60
# The log-likelihood that a further step could still gain, at the optimum.
GAIN_LEFT = 1e-6
# Optima of two starts are one where their log-likelihoods differ by less.
SAME_OPTIMUM = 1e-3


@dataclass(frozen=True)
class Likelihood:
    """A model on one data set. `evaluate` takes parameters in the order of `names`.

    `bounds` and `starts` are natural values. `thin` gives a likelihood of every k-th group.
    """

    names: tuple[str, ...]
    bounds: tuple[tuple[float, float], ...]
    starts: tuple[tuple[float, ...], ...]
    evaluate: Callable[[Array], Evaluation]
    groups: int
    thin: Callable[[int], "Likelihood"]


@dataclass(frozen=True)
class Estimate:
    """What a fit found. `covariance` is of the logarithms; nan beside a parameter at its bound.

    `starts_agreeing` of `starts` ended in the same optimum; `at_bound` names parameters that
    stopped at a bound, where the likelihood is flat beyond.
    """

    parameters: dict[str, float]
    covariance: Array
    log_likelihood: float
    is_converged: bool
    starts: int
    starts_agreeing: int
    steps: int
    at_bound: tuple[str, ...] = field(default=())

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard error of the logarithm of each parameter; nan at a bound."""
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.diag(self.covariance))
        return dict(zip(self.parameters, errors.tolist(), strict=True))


def bg_nbd(frequency: Array, recency: Array, age: Array, customers: Array) -> Likelihood:
    """BG/NBD of groups of customers: repeat order days, weeks to the last one, weeks observed.

    Parameters r, alpha (rate of orders a week), a, b (chance to leave after an order).
    """
    repeats, place = np.unique(frequency, return_inverse=True)
    weight = np.bincount(place, weights=customers, minlength=len(repeats))
    has_repeat = frequency > 0
    weeks = float(np.average(age, weights=customers)) if len(age) else 1.0

    def evaluate(parameters: Array) -> Evaluation:
        r, alpha, a, b = parameters
        log_age, log_recency = np.log(alpha + age), np.log(alpha + recency)
        count = r + frequency
        later = np.where(has_repeat, b + frequency - 1, 1.0)
        alive = -count * log_age
        gone = np.where(has_repeat, np.log(a / later) - count * log_recency, -np.inf)
        either = np.logaddexp(alive, gone)
        share = np.exp(gone - either)
        value = float(np.sum(customers * either)) + float(
            np.sum(
                weight
                * (
                    gammaln(r + repeats)
                    - gammaln(r)
                    + r * np.log(alpha)
                    + gammaln(b + repeats)
                    - gammaln(a + b + repeats)
                    - gammaln(b)
                    + gammaln(a + b)
                )
            )
        )
        zero = np.zeros_like(age)
        of_alive = (-log_age, -count / (alpha + age), zero, zero)
        of_gone = (-log_recency, -count / (alpha + recency), zero + 1 / a, -1 / later)
        mixed = [
            (1 - share) * one + share * two for one, two in zip(of_alive, of_gone, strict=True)
        ]
        gradient = np.array([np.sum(customers * each) for each in mixed])
        gradient += [
            np.sum(weight * (psi(r + repeats) - psi(r) + np.log(alpha))),
            np.sum(weight) * r / alpha,
            np.sum(weight * (psi(a + b) - psi(a + b + repeats))),
            np.sum(weight * (psi(b + repeats) - psi(a + b + repeats) - psi(b) + psi(a + b))),
        ]
        spread = customers * share * (1 - share)
        apart = [two - one for one, two in zip(of_alive, of_gone, strict=True)]
        second = np.array([[np.sum(spread * one * two) for two in apart] for one in apart])
        second[0, 1] += np.sum(
            customers * ((share - 1) / (alpha + age) - share / (alpha + recency))
        )
        second[1, 1] += np.sum(
            customers * count * ((1 - share) / (alpha + age) ** 2 + share / (alpha + recency) ** 2)
        )
        second[2, 2] -= np.sum(customers * share) / a**2
        second[3, 3] += np.sum(customers * share / later**2)
        both = polygamma(1, a + b) - polygamma(1, a + b + repeats)
        second[0, 0] += np.sum(weight * (polygamma(1, r + repeats) - polygamma(1, r)))
        second[0, 1] += np.sum(weight) / alpha
        second[1, 1] -= np.sum(weight) * r / alpha**2
        second[2, 2] += np.sum(weight * both)
        second[2, 3] += np.sum(weight * both)
        second[3, 3] += np.sum(weight * (both + polygamma(1, b + repeats) - polygamma(1, b)))
        return value, gradient, mirrored(second)

    return Likelihood(
        names=("r", "alpha", "a", "b"),
        bounds=((1e-3, 1e3), (1e-3, 1e5), (1e-3, 1e3), (1e-3, 1e4)),
        starts=tuple(
            (r, max(r * weeks / 2, 0.1), a, b)
            for r in (0.3, 1.0, 4.0)
            for a, b in ((1.0, 3.0), (0.1, 3.0))
        ),
        evaluate=evaluate,
        groups=len(frequency),
        thin=lambda step: bg_nbd(
            frequency[::step], recency[::step], age[::step], customers[::step]
        ),
    )


def gamma_gamma(frequency: Array, spend: Array, customers: Array) -> Likelihood:
    """Gamma-Gamma of groups: repeat order days (> 0), what they brought together, customers.

    Parameters p, q, v. The log-likelihood is that of the mean spends, as published.
    """
    mean = spend / frequency
    repeats, place = np.unique(frequency, return_inverse=True)
    weight = np.bincount(place, weights=customers, minlength=len(repeats))
    log_spend = np.log(spend)
    constant = float(np.sum(customers * np.log(mean)))
    typical = float(np.exp(np.average(np.log(mean), weights=customers))) if len(mean) else 1.0

    def evaluate(parameters: Array) -> Evaluation:
        p, q, v = parameters
        total = np.log(v + spend)
        exponent = p * frequency + q
        value = (
            float(np.sum(customers * (p * frequency * log_spend - exponent * total)))
            - constant
            + float(
                np.sum(
                    weight
                    * (gammaln(p * repeats + q) - gammaln(p * repeats) - gammaln(q) + q * np.log(v))
                )
            )
        )
        gradient = np.array(
            [
                np.sum(customers * frequency * (log_spend - total))
                + np.sum(weight * repeats * (psi(p * repeats + q) - psi(p * repeats))),
                np.sum(weight * (psi(p * repeats + q) - psi(q) + np.log(v)))
                - np.sum(customers * total),
                np.sum(weight) * q / v - np.sum(customers * exponent / (v + spend)),
            ]
        )
        joint = polygamma(1, p * repeats + q)
        second = np.zeros((3, 3))
        second[0, 0] = np.sum(weight * repeats**2 * (joint - polygamma(1, p * repeats)))
        second[0, 1] = np.sum(weight * repeats * joint)
        second[0, 2] = -np.sum(customers * frequency / (v + spend))
        second[1, 1] = np.sum(weight * (joint - polygamma(1, q)))
        second[1, 2] = np.sum(weight) / v - np.sum(customers / (v + spend))
        second[2, 2] = -np.sum(weight) * q / v**2 + np.sum(customers * exponent / (v + spend) ** 2)
        return value, gradient, mirrored(second)

    return Likelihood(
        names=("p", "q", "v"),
        # Below q = 1 the model's mean spend of all customers is infinite: nothing to predict with.
        bounds=((1e-2, 1e4), (1.001, 1e4), (typical * 1e-5, typical * 1e6)),
        starts=tuple((p, q, typical * max(q - 1, 0.5) / p) for p in (1.0, 6.0) for q in (1.5, 4.0)),
        evaluate=evaluate,
        groups=len(frequency),
        thin=lambda step: gamma_gamma(frequency[::step], spend[::step], customers[::step]),
    )


def sbg(periods: Array, is_lost: NDArray[np.bool_], subscribers: Array) -> Likelihood:
    """sBG of groups of subscribers: lost in which renewal period, or kept for how many of them.

    Parameters alpha, beta of the chance to be lost at a renewal.
    """
    lost = np.where(is_lost, 1.0, 0.0)
    kept = periods - lost

    def evaluate(parameters: Array) -> Evaluation:
        alpha, beta = parameters
        value = np.sum(
            subscribers
            * (
                gammaln(alpha + lost)
                + gammaln(beta + kept)
                - gammaln(alpha + beta + periods)
                - gammaln(alpha)
                - gammaln(beta)
                + gammaln(alpha + beta)
            )
        )
        both = psi(alpha + beta) - psi(alpha + beta + periods)
        gradient = np.array(
            [
                np.sum(subscribers * (both + psi(alpha + lost) - psi(alpha))),
                np.sum(subscribers * (both + psi(beta + kept) - psi(beta))),
            ]
        )
        joint = polygamma(1, alpha + beta) - polygamma(1, alpha + beta + periods)
        second = np.full((2, 2), np.sum(subscribers * joint))
        second[0, 0] += np.sum(subscribers * (polygamma(1, alpha + lost) - polygamma(1, alpha)))
        second[1, 1] += np.sum(subscribers * (polygamma(1, beta + kept) - polygamma(1, beta)))
        return float(value), gradient, mirrored(second)

    return Likelihood(
        names=("alpha", "beta"),
        bounds=((1e-3, 1e4), (1e-3, 1e4)),
        starts=((1.0, 1.0), (0.5, 5.0), (5.0, 50.0)),
        evaluate=evaluate,
        groups=len(periods),
        thin=lambda step: sbg(periods[::step], is_lost[::step], subscribers[::step]),
    )


def mirrored(upper: Array) -> Array:
    """The symmetric matrix with this upper triangle."""
    full: Array = np.triu(upper) + np.triu(upper, 1).T
    return full


def on_logarithms(likelihood: Likelihood, logs: Array) -> Evaluation:
    """The likelihood and its derivatives by the logarithms of the parameters."""
    natural = np.exp(logs)
    value, gradient, second = likelihood.evaluate(natural)
    slope = natural * gradient
    return value, slope, second * np.outer(natural, natural) + np.diag(slope)


def search(likelihood: Likelihood, start: Sequence[float]) -> tuple[float, Array]:
    """Climb from one start within the bounds; the log-likelihood and the logarithms reached."""
    limits = np.log(np.array(likelihood.bounds))

    def descent(logs: Array) -> tuple[float, Array]:
        value, slope, _ = on_logarithms(likelihood, logs)
        return -value, -slope

    first = np.clip(np.log(np.array(start)), limits[:, 0], limits[:, 1])
    found = minimize(descent, first, jac=True, method="L-BFGS-B", bounds=limits.tolist())
    return -float(found.fun), np.array(found.x)


def polish(likelihood: Likelihood, logs: Array) -> tuple[Array, Evaluation, bool, int]:
    """Newton steps within the bounds; where they end, whether no gain is left, and their number."""
    limits = np.log(np.array(likelihood.bounds))
    low, high = limits[:, 0], limits[:, 1]
    current = on_logarithms(likelihood, logs)
    for step_number in range(MAX_STEPS):
        value, slope, second = current
        held = ((logs <= low) & (slope < 0)) | ((logs >= high) & (slope > 0))
        free = ~held
        step = np.zeros_like(logs)
        if free.any():
            curvature, axes = np.linalg.eigh(-second[np.ix_(free, free)])
            # Uphill whatever the curvature: a ridge or a saddle is climbed, not run away from.
            scale = np.maximum(np.abs(curvature), 1e-9 * max(np.abs(curvature).max(), 1e-300))
            step[free] = axes @ ((axes.T @ slope[free]) / scale)
        gain = float(slope @ step) / 2
        if gain < GAIN_LEFT:
            is_peak = not free.any() or bool(
                np.linalg.eigvalsh(-second[np.ix_(free, free)]).min() > 0
            )
            return logs, current, is_peak, step_number
        length = min(1.0, 2.0 / float(np.abs(step).max()))
        while length > 1e-10:
            trial = np.clip(logs + length * step, low, high)
            ahead = on_logarithms(likelihood, trial)
            if ahead[0] > value:
                break
            length /= 2
        else:
            return logs, current, False, step_number
        logs, current = trial, ahead
    return logs, current, False, MAX_STEPS


def maximise(likelihood: Likelihood) -> Estimate:
    """Fit from several starts; `is_converged` says whether a peak was reached within the bounds."""
    thinned = likelihood.thin(max(1, -(-likelihood.groups // PILOT_GROUPS)))
    searched = [search(thinned, start) for start in likelihood.starts]
    best = max(searched, key=lambda found: found[0])
    logs, (value, _, second), is_converged, steps = polish(likelihood, best[1])
    limits = np.log(np.array(likelihood.bounds))
    free = (logs > limits[:, 0] + 1e-9) & (logs < limits[:, 1] - 1e-9)
    covariance = np.full(second.shape, np.nan)
    if is_converged and free.any():
        covariance[np.ix_(free, free)] = np.linalg.inv(-second[np.ix_(free, free)])
    return Estimate(
        parameters=dict(zip(likelihood.names, np.exp(logs).tolist(), strict=True)),
        covariance=covariance,
        log_likelihood=value,
        is_converged=is_converged,
        starts=len(searched),
        starts_agreeing=sum(best[0] - each[0] < SAME_OPTIMUM for each in searched),
        steps=steps,
        at_bound=tuple(
            name for name, inside in zip(likelihood.names, free, strict=True) if not inside
        ),
    )
