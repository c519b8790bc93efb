"""Estimates that are sums of ratios of means: their value, spread and bootstrap, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np

from perdure.kernel.errors import UsageError
from perdure.methods.offpolicy.arrays import Floats, Ints

_BLOCK_NUMBERS = 4_000_000


@dataclass(frozen=True, slots=True)
class IntervalBy:
    """How an interval is made: normal from influence values, or percentiles of ``draws``.

    A bootstrap draws whole entities with replacement.

    >>> IntervalBy(level=1.2)
    Traceback (most recent call last):
    perdure.kernel.errors.UsageError: level 1.2. Expected between 0 and 1
    """

    level: float = 0.95
    draws: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise UsageError(f"level {self.level}", expected="between 0 and 1")
        if self.draws and not 100 <= self.draws <= 100_000:
            raise UsageError(f"{self.draws} draws", expected="100 to 100,000, or 0 for none")

    @property
    def z(self) -> float:
        """The quantile of the normal distribution that the level asks for."""
        return NormalDist().inv_cdf((1 + self.level) / 2)


NORMAL = IntervalBy()


@dataclass(frozen=True, slots=True)
class RatioSum:
    """``V = sum_j mean_i(top[j, i]) / mean_i(bottom[j, i])``; ``top`` and ``bottom`` (J, n).

    A plain mean has one ratio whose bottom is 1. NaN where a bottom is 0 throughout.

    >>> RatioSum.mean(np.array([1.0, 3.0])).value()
    2.0
    >>> RatioSum(np.array([[2.0, 0.0]]), np.array([[2.0, 2.0]])).value()
    0.5
    """

    top: Floats
    bottom: Floats

    @classmethod
    def mean(cls, values: Floats) -> Self:
        """The mean of values (n,)."""
        return cls(values[None, :], np.ones((1, len(values))))

    def value(self) -> float:
        """V."""
        return float(self._ratios()[0].sum())

    def influence(self, codes: Ints | None = None) -> Floats:
        """What each unit adds to ``V - E[V]``, (units,), by linearisation; units are entities.

        ``u_g = 1/n sum_{i in g} sum_j (top_ij - R_j bottom_ij) / mean(bottom_j)``.
        """
        ratios, below = self._ratios()
        with np.errstate(invalid="ignore", divide="ignore"):
            each = ((self.top - ratios[:, None] * self.bottom) / below[:, None]).sum(axis=0)
        return _by_unit(each / self.top.shape[1], codes)

    def bootstrap(self, by: IntervalBy, codes: Ints | None = None) -> Floats:
        """V on every draw of the units, (draws,); one seed, one answer."""
        tops = np.stack([_by_unit(row, codes) for row in self.top])
        bottoms = np.stack([_by_unit(row, codes) for row in self.bottom])
        found = []
        for times in _draws(tops.shape[1], by.draws, by.seed):
            with np.errstate(invalid="ignore", divide="ignore"):
                found.append(((times @ tops.T) / (times @ bottoms.T)).sum(axis=1))
        return np.concatenate(found)

    def _ratios(self) -> tuple[Floats, Floats]:
        below = self.bottom.mean(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            # A bottom of 0 has a top of 0: weights that are all 0 say nothing, which is NaN.
            return self.top.mean(axis=1) / below, below


def standard_error(influence: Floats) -> float:
    """``sqrt(G / (G - 1) sum_g u_g^2)`` of the influence of G units; NaN for a single one.

    >>> standard_error(RatioSum.mean(np.array([1.0, 3.0])).influence())
    1.0
    """
    units = len(influence)
    if units < 2:
        return float("nan")
    return float(np.sqrt(units / (units - 1) * (influence**2).sum()))


def _by_unit(values: Floats, codes: Ints | None) -> Floats:
    return values if codes is None else np.asarray(np.bincount(codes, weights=values), np.float64)


def _draws(units: int, draws: int, seed: int) -> Iterator[Floats]:
    """How often each unit was drawn, (block, units), in blocks of bounded size."""
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK_NUMBERS // units)
    for begin in range(0, draws, block):
        size = min(block, draws - begin)
        drawn = rng.integers(units, size=(size, units))
        drawn += np.arange(size)[:, None] * units
        times = np.bincount(drawn.ravel(), minlength=size * units)
        yield times.reshape(size, units).astype(np.float64)
