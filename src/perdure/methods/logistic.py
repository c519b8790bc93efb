"""Logistic regression that a person can read: one slope a number, one effect a label.

A number x enters as sign(x) log(1 + |x|), which tames the long tails of counts and costs; a
missing one as the median of those seen. Labels enter as one effect each. Everything is centred
on the fitting rows, so the base is the log odds of a typical row and effects are departures
from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from perdure.methods.logit import probability

Floats = npt.NDArray[np.float64]
_FEW_COLUMNS = 100


def signed_log(x: Floats) -> Floats:
    """sign(x) log(1 + abs(x)); NaN stays NaN.

    >>> signed_log(np.array([0.0, -(np.e - 1)])).round(3)
    array([ 0., -1.])
    """
    answer: Floats = np.copysign(np.log1p(np.abs(x)), x)
    return answer


@dataclass(frozen=True, slots=True)
class NumberEffect:
    """``slope * clip(signed_log(x), low, high) + offset``, or ``missing`` when there is no x."""

    slope: float
    offset: float
    low: float
    high: float
    missing: float

    def of(self, x: Floats) -> Floats:
        """The effect of each value, in log odds."""
        shown = np.clip(signed_log(x), self.low, self.high) * self.slope + self.offset
        return np.where(np.isnan(x), self.missing, shown)


@dataclass(frozen=True, slots=True)
class LabelEffect:
    """One effect for each code 0, 1, ..., and one for missing and unknown labels."""

    effects: tuple[float, ...]
    missing: float

    def of(self, x: Floats) -> Floats:
        """The effect of each code, in log odds."""
        table = np.array([*self.effects, self.missing])
        known = (x >= 0) & (x < len(self.effects))
        return table[np.where(known, x, len(self.effects)).astype(np.int64)]


Effect = NumberEffect | LabelEffect


@dataclass(slots=True)
class Logistic:
    """Logistic regression with an L2 penalty of strength 1/C on standardised columns.

    Numbers are cut at the ``clip`` and 1 - ``clip`` quantiles of the fitting rows (0: at the
    smallest and largest), so that no single row stretches a column.
    ``indicators`` gives a number that is missing in at least 1 % and at most 99 % of the fitting
    rows its own effect of being missing. Labels seen in fewer than ``label_rows`` fitting rows
    share the effect of missing ones. Fitted by scikit-learn, stored as JSON.
    """

    C: float = 0.1
    clip: float = 0.0
    indicators: bool = False
    label_rows: int = 20
    base: float = 0.0
    effects: tuple[Effect, ...] = field(default=())

    def fit(
        self,
        X: Floats,
        y: Floats,
        *,
        names: Sequence[str],
        categorical: Sequence[str] = (),
        seed: int = 0,
    ) -> Self:
        """Learn from X (n, k) and outcomes 0 or 1 (n,); ``seed`` has no influence."""
        labels = set(categorical)
        blocks = [
            _label_block(X[:, j], self.label_rows)
            if name in labels
            else _number_block(X[:, j], self.indicators, self.clip)
            for j, name in enumerate(names)
        ]
        slopes, self.base = _fitted(np.column_stack([b.columns for b in blocks]), y, self.C)
        ends = np.cumsum([b.columns.shape[1] for b in blocks])[:-1]
        parts = np.split(slopes, ends)
        self.effects = tuple(b.effect(part) for b, part in zip(blocks, parts, strict=True))
        return self

    def raw(self, X: Floats) -> Floats:
        """Log odds of each row, (n,). Added column by column: a row's answer is its own."""
        total = np.full(len(X), self.base)
        for j, effect in enumerate(self.effects):
            total += effect.of(np.ascontiguousarray(X[:, j]))
        return total

    def predict(self, X: Floats) -> Floats:
        """Probability of each row, (n,), before calibration."""
        return probability(self.raw(X))

    def contributions(self, X: Floats) -> tuple[Floats, float]:
        """Effects (n, k) and the base; added in order they give ``raw`` exactly."""
        effects = [e.of(np.ascontiguousarray(X[:, j])) for j, e in enumerate(self.effects)]
        return np.column_stack(effects), self.base

    def to_files(self) -> dict[str, bytes]:
        """The effects as JSON."""
        form = {"base": self.base, "effects": [asdict(effect) for effect in self.effects]}
        return {"logistic.json": json.dumps(form).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that ``to_files`` described."""
        form = json.loads(files["logistic.json"])
        return cls(base=form["base"], effects=tuple(_effect(e) for e in form["effects"]))


@dataclass(frozen=True, slots=True)
class _NumberBlock:
    """Standardised columns of one number, and how to read their slopes."""

    columns: Floats
    mean: float
    scale: float
    median: float
    low: float
    high: float
    missing_mean: float
    missing_scale: float

    def effect(self, slopes: Floats) -> NumberEffect:
        slope = float(slopes[0]) / self.scale
        offset, missing = -slope * self.mean, slope * (self.median - self.mean)
        if len(slopes) == 2:
            step = float(slopes[1]) / self.missing_scale
            offset -= step * self.missing_mean
            missing += step * (1.0 - self.missing_mean)
        return NumberEffect(slope, offset, self.low, self.high, missing)


@dataclass(frozen=True, slots=True)
class _LabelBlock:
    """Standardised yes/no columns of the frequent labels, and how to read their slopes."""

    columns: Floats
    codes: npt.NDArray[np.int64]
    levels: int
    means: Floats
    scales: Floats

    def effect(self, slopes: Floats) -> LabelEffect:
        steps = slopes / self.scales
        rest = -float((steps * self.means).sum())
        effects = np.full(self.levels, rest)
        effects[self.codes] += steps
        return LabelEffect(tuple(effects.tolist()), rest)


def _number_block(x: Floats, indicators: bool, clip: float = 0.0) -> _NumberBlock:
    shown, absent = signed_log(x), np.isnan(x)
    seen = shown[~absent & np.isfinite(shown)]
    points = np.quantile(seen, [0.5, clip, 1 - clip]) if seen.size else np.zeros(3)
    median, low, high = (float(point) for point in points)
    filled = np.where(absent, median, np.clip(shown, low, high))
    mean, scale = float(filled.mean()), float(filled.std()) or 1.0
    columns = [(filled - mean) / scale]
    share, spread = float(absent.mean()), float(absent.std()) or 1.0
    if indicators and 0.01 <= share <= 0.99:
        columns.append((absent - share) / spread)
    return _NumberBlock(np.column_stack(columns), mean, scale, median, low, high, share, spread)


def _label_block(x: Floats, minimum: int) -> _LabelBlock:
    place = np.where(np.isnan(x), -1, x).astype(np.int64)
    levels = int(place.max(initial=-1)) + 1
    rows = np.bincount(place[place >= 0], minlength=levels)
    codes = np.flatnonzero(rows >= minimum)
    flags = (place[:, None] == codes[None, :]).astype(np.float64)
    means, scales = flags.mean(axis=0), flags.std(axis=0)
    scales = np.where(scales > 0, scales, 1.0)
    return _LabelBlock((flags - means) / scales, codes, levels, means, scales)


def _fitted(Z: Floats, y: Floats, C: float) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # Newton's steps on few columns: nearer to the optimum than L-BFGS, in half of the time.
    solver, tol = ("newton-cholesky", 1e-8) if Z.shape[1] <= _FEW_COLUMNS else ("lbfgs", 1e-6)
    # One thread: the same bits on any number of cores, and no spinning on shared ones.
    with threadpool_limits(1):
        model = LogisticRegression(C=C, solver=solver, max_iter=2000, tol=tol).fit(Z, y)
    return np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])


def _effect(form: Mapping[str, Any]) -> Effect:
    if "slope" in form:
        return NumberEffect(**form)
    return LabelEffect(tuple(form["effects"]), form["missing"])
