"""Is the product better than another method? By a paired difference, or else by two intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from perdure.kernel.evidence import Measured, find
from perdure.platform.training.describe import number
from perdure.platform.training.evidence import OWN_LOG, SERVED, difference

Side = Literal["better", "even", "worse", "unknown"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which side the evidence is on: ``even`` when the interval covers no difference."""

    side: Side
    words: str


def compare(
    rows: Sequence[Measured],
    case: str,
    metric: str,
    other: str,
    other_value: Measured | None,
    greater_is_better: bool,
) -> Comparison:
    """The product (method ``served``) against ``other``, whose value is ``other_value``.

    A paired difference among ``rows`` decides when it is there: both sides met the same rows.
    Otherwise the product's interval is held against the other's value (a rule or model that was
    measured on other rows).

    >>> row = Measured("x", "served - volume", "ap", 0.07, 0.03, 0.1, 500)
    >>> compare([row], "x", "ap", "volume", None, True)
    Comparison(side='better', words='difference 0.070 (0.030 to 0.100)')
    """
    paired = find(rows, case, difference(other), metric)
    if paired is not None:
        words = f"difference {number(paired)}"
        return Comparison(_side(paired.low, paired.high, 0.0, greater_is_better), words)
    served = find(rows, case, SERVED, metric)
    if served is None or other_value is None:
        return Comparison("unknown", f"no {metric} of both sides")
    words = f"{number(served)} against {number(other_value)}, on other rows"
    side = _side(served.low, served.high, other_value.value, greater_is_better)
    return Comparison(side, words)


def compare_logged(
    rows: Sequence[Measured], case: str, other: str, greater_is_better: bool
) -> Comparison | None:
    """The paired difference to ``other`` on the project's own log of decisions, if one was told.

    >>> row = Measured("x", "served - champion (own log)", "return in 1 month", .01, -.01, .03, 9)
    >>> compare_logged([row], "x", "champion", True)
    Comparison(side='even', words='own log, return in 1 month: 0.010 (-0.010 to 0.030)')
    """
    method = difference(other) + OWN_LOG
    found = next((row for row in rows if (row.case, row.method) == (case, method)), None)
    if found is None:
        return None
    words = f"own log, {found.metric}: {number(found)}"
    return Comparison(_side(found.low, found.high, 0.0, greater_is_better), words)


def both(first: Comparison, logged: Comparison) -> Comparison:
    """One comparison of two: worse by either is worse; else better by either is better.

    What happened can forbid what a simulation promises, and can settle what it leaves even. It
    cannot undo a simulated loss: a log of few months sees no price that is paid later.

    >>> both(Comparison("even", "a"), Comparison("better", "b"))
    Comparison(side='better', words='a; b')
    """
    words = f"{first.words}; {logged.words}"
    told = (first.side, logged.side)
    order: tuple[Side, ...] = ("worse", "better", "unknown", "even")
    return Comparison(next(side for side in order if side in told), words)


def _side(low: float | None, high: float | None, zero: float, greater: bool) -> Side:
    if low is None or high is None or not low <= high or zero != zero:
        return "unknown"
    if low > zero:
        return "better" if greater else "worse"
    if high < zero:
        return "worse" if greater else "better"
    return "even"
