"""Answers about a policy's value: with an interval, of a model alone, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from perdure.methods.offpolicy.arrays import Floats, Ints
from perdure.methods.offpolicy.ratios import NORMAL, IntervalBy, RatioSum, standard_error
from perdure.methods.offpolicy.support import Support


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval and the evidence behind it.

    ``influence`` (units,) is what each unit adds, for paired differences. ``parameters`` holds
    what was chosen (``tau``, ``clip``); ``ess_by_step`` is for sequences.
    """

    method: str
    value: float
    se: float
    low: float
    high: float
    support: Support
    parameters: Mapping[str, float] = field(default_factory=dict)
    ess_by_step: tuple[float, ...] = ()
    influence: Floats = field(default_factory=lambda: np.empty(0), repr=False, compare=False)

    @property
    def ess(self) -> float:
        """The effective sample size ``(sum w)^2 / sum w^2``."""
        return self.support.ess


@dataclass(frozen=True, slots=True)
class ModelValue:
    """What a model says about a policy. It has no interval: nothing in it measures its own bias."""

    method: str
    value: float
    n: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """No number, and why, in words. The value was not kept."""

    method: str
    reasons: tuple[str, ...]
    support: Support | None = None

    def words(self) -> str:
        """The refusal as a sentence.

        >>> Refusal("ips", ("the effective sample size is 3 of 90 rows",)).words()
        'ips gives no number: the effective sample size is 3 of 90 rows'
        """
        return f"{self.method} gives no number: {'; '.join(self.reasons)}"


Answer = Estimate | ModelValue | Refusal


def estimated(
    method: str, ratios: RatioSum, support: Support, codes: Ints | None, by: IntervalBy = NORMAL,
    parameters: Mapping[str, float] | None = None, ess_by_step: tuple[float, ...] = (),
) -> Estimate:  # fmt: skip
    """The estimate that ratios of means give; intervals are of whole entities."""
    value, influence = ratios.value(), ratios.influence(codes)
    se = standard_error(influence)
    low, high = value - by.z * se, value + by.z * se
    if by.draws:
        drawn = ratios.bootstrap(by, codes)
        # A draw without a single matching row has no value, so neither has the interval.
        low, high = np.quantile(drawn, [(1 - by.level) / 2, (1 + by.level) / 2]).tolist()
    return Estimate(method, value, se, low, high, support, parameters or {}, ess_by_step, influence)
