"""The chance that a donor returns, from recency, frequency and time: the response model.

Logistic regression on standardised R, F, log F and T, where R is months since the last donation,
F donations so far, and T months since the *first* donation. Fitted to UCI transfusion (Yeh, Yang,
Ting 2009) it gives the chance to donate in one blood-drive month. A fifth term, whether R is above
a step, can be added.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

from perdure.methods.logit import probability

Floats = npt.NDArray[np.float64]
M = TypeVar("M", bound="ReturnModel")

TERMS = ("recency", "frequency", "log frequency", "time")
"""The columns of the design, in the order of the model's fields; a step on recency comes last."""


@dataclass(frozen=True, slots=True)
class ReturnModel:
    """``intercept + sum_j coefficients_j * (x_j - means_j) / scales_j`` over ``TERMS``.

    With ``step`` (months) the last coefficient belongs to "recency is above the step".
    ``covariance`` is that of (intercept, coefficients) over repeated samples.

    >>> model = ReturnModel((9.0, 5.0, 1.0, 34.0), (8.0, 6.0, 1.0, 24.0), (-1.0, 0, 1, 0), -1.0)
    >>> model.log_odds(np.array([9.0, 1.0]), np.array([1.0, 1.0]), np.array([34.0, 34.0]))
    array([-2., -1.])
    """

    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    covariance: tuple[tuple[float, ...], ...] = ()
    step: float | None = None

    def log_odds(self, r: npt.ArrayLike, f: npt.ArrayLike, t: npt.ArrayLike) -> Floats:
        """Log odds for recency and time (months) and frequency (donations, at least 1).

        The arrays broadcast against each other; a frequency below 1 counts as 1.
        """
        slopes = np.asarray(self.coefficients) / np.asarray(self.scales)
        base = self.intercept - float(slopes @ np.asarray(self.means))
        gifts = np.maximum(np.asarray(f, np.float64), 1.0)
        by_frequency = slopes[1] * gifts + slopes[2] * np.log(gifts)
        since = np.asarray(r, np.float64)
        by_months = base + slopes[0] * since
        if self.step is not None:
            by_months = by_months + slopes[4] * (since > self.step)
        total: Floats = by_months + by_frequency + slopes[3] * np.asarray(t, np.float64)
        return total

    def probability(self, r: npt.ArrayLike, f: npt.ArrayLike, t: npt.ArrayLike) -> Floats:
        """The chance of a donation in the outcome window that the model was fitted to."""
        return probability(self.log_odds(r, f, t))

    @classmethod
    def fit(
        cls,
        r: npt.ArrayLike,
        f: npt.ArrayLike,
        t: npt.ArrayLike,
        y: npt.ArrayLike,
        C: float = 1.0,
        step: float | None = None,
        weight: Floats | None = None,
    ) -> Self:
        """Fit to donors (n,) with outcomes 0 or 1; L2 penalty 1/C on the standardised slopes.

        ``weight`` (n,): how many donors each stands for (None: one).
        """
        X, outcome = _design(r, f, t, step), np.asarray(y, np.float64)
        means, scales = X.mean(axis=0), X.std(axis=0)
        scales = np.where(scales > 0, scales, 1.0)
        Z = (X - means) / scales
        counts = np.ones(len(outcome)) if weight is None else weight
        slopes, intercept = _solved(Z, outcome, counts, C)
        spread = _sandwich(Z, outcome, counts, np.array([intercept, *slopes]), C)
        return cls(
            tuple(means.tolist()),
            tuple(scales.tolist()),
            tuple(slopes.tolist()),
            intercept,
            tuple(map(tuple, spread.tolist())),
            step,
        )

    def bootstrapped(self, rng: np.random.Generator) -> Self:
        """The model that another sample of as many donors could have given.

        Drawn from the sandwich covariance, the large-sample limit of refitting to resampled rows,
        so that no row is needed. Raises ValueError for a model without covariance.
        """
        if not self.covariance:
            raise ValueError("the model was not fitted here, so its sampling spread is unknown")
        centre = np.array([self.intercept, *self.coefficients])
        # Terms that always move together leave the covariance without full rank; Cholesky is kept
        # because, unlike eigenvectors, it has no free signs: a seed means one world everywhere.
        spread = np.asarray(self.covariance)
        spread = spread + np.eye(len(spread)) * 1e-9 * np.trace(spread)
        drawn = rng.multivariate_normal(centre, spread, method="cholesky")
        return replace(self, coefficients=tuple(drawn[1:].tolist()), intercept=float(drawn[0]))

    def to_json(self) -> str:
        """The numbers of the model as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The model that ``to_json`` wrote. Raises ValueError for any other text."""
        form = json.loads(text)
        try:
            model = cls(
                means=tuple(map(float, form["means"])),
                scales=tuple(map(float, form["scales"])),
                coefficients=tuple(map(float, form["coefficients"])),
                intercept=float(form["intercept"]),
                covariance=tuple(tuple(map(float, row)) for row in form["covariance"]),
                step=None if form["step"] is None else float(form["step"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"this JSON holds no return model: {error}") from error
        return _checked(model)


def _design(
    r: npt.ArrayLike, f: npt.ArrayLike, t: npt.ArrayLike, step: float | None = None
) -> Floats:
    gifts = np.maximum(np.asarray(f, np.float64), 1.0)
    since = np.asarray(r, np.float64)
    columns = [since, gifts, np.log(gifts), np.asarray(t, np.float64)]
    if step is not None:
        columns.append(since > step)
    return np.column_stack(columns)


def _solved(Z: Floats, y: Floats, counts: Floats, C: float) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # One thread: the same bits on any number of cores.
    with threadpool_limits(1):
        model = LogisticRegression(C=C, max_iter=200, tol=1e-9, solver="newton-cholesky")
        model.fit(Z, y, counts)
    return np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])


def _sandwich(Z: Floats, y: Floats, counts: Floats, theta: Floats, C: float) -> Floats:
    """Hessian^-1 (sum of outer products of the scores) Hessian^-1, penalty in the Hessian."""
    A = np.column_stack([np.ones(len(Z)), Z])
    chance = probability(A @ theta)
    penalty = np.diag([0.0, *np.full(Z.shape[1], 1.0 / C)])
    bread = np.linalg.inv(A.T @ (A * (counts * chance * (1 - chance))[:, None]) + penalty)
    scores = A * (counts * (y - chance))[:, None]
    found: Floats = bread @ (scores.T @ scores) @ bread
    return (found + found.T) / 2


def _checked(model: M) -> M:
    numbers = (model.means, model.scales, model.coefficients)
    size = len(TERMS) + (model.step is not None)
    flat = [*(x for part in numbers for x in part), model.intercept]
    square = [len(row) for row in model.covariance] in ([], [size + 1] * (size + 1))
    if not square or any(len(part) != size for part in numbers):
        raise ValueError(f"a return model has {size} terms: {', '.join(TERMS)}")
    if not np.isfinite(flat).all() or min(model.scales) <= 0:
        raise ValueError("a return model needs finite numbers and scales above 0")
    return model
