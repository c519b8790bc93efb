"""How far a week may be from what was usual before anybody is called."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perdure.platform.monitoring.baseline import MOST_DEVIATIONS
from perdure.platform.monitoring.reading import Reading, judged

FEWEST = 11
"""Visits below which nothing is read: one of them would decide, and a doctor could be told."""


@dataclass(frozen=True, slots=True)
class Usual:
    """Mean and deviation of a value over the weeks (or doctors) of the reference.

    >>> usual([0.5, 0.6, 0.7]).weeks
    3
    """

    mean: float
    deviation: float
    weeks: int


def usual(values: Sequence[float]) -> Usual:
    """What was usual; the deviation of fewer than two values is 0. Raises nothing."""
    if not values:
        return Usual(0.0, 0.0, 0)
    mean = sum(values) / len(values)
    spread = sum((v - mean) ** 2 for v in values) / max(len(values) - 1, 1)
    return Usual(mean, math.sqrt(spread), len(values))


def from_profile(told: Mapping[str, Any] | None) -> Usual | None:
    """The reference of a stored profile; None when the model has none."""
    if not told or not told.get("weeks"):
        return None
    return Usual(float(told["mean"]), float(told["deviation"]), int(told["weeks"]))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a value.

    ``effect`` is the change that matters: smaller ones are never an alarm, however certain.
    ``better`` is +1 when more is better, -1 when less is. ``looks`` says how many values were
    compared to find this one (the worst of many doctors is far out by chance).
    """

    monitor: str
    subject: str
    effect: float
    better: int
    looks: int = 1


def read(
    asked: Question, value: float, error: float, reference: Usual, text: str,
    evidence: Mapping[str, Any] | None = None,
) -> Reading:  # fmt: skip
    """The reading of a value whose own standard error is ``error``.

    Alarm: worse than usual by the effect that matters and by three deviations (from week to week,
    or by chance, whichever is larger). Watch: two thirds of it.
    """
    spread = max(reference.deviation, error) * _many(asked.looks)
    far = max(asked.effect, MOST_DEVIATIONS * spread)
    worse = asked.better * (reference.mean - value)
    limit = reference.mean - asked.better * far
    told = {"usual": reference.mean, "weeks": reference.weeks, **(evidence or {})}
    return Reading(
        asked.monitor, asked.subject, judged(worse, far * 2 / 3, far), text, value, limit, told
    )


def share_error(reference: Usual, n: int) -> float:
    """The standard error of a share of ``n`` when nothing has changed."""
    p = min(max(reference.mean, 0.5 / max(n, 1)), 1 - 0.5 / max(n, 1))
    return math.sqrt(p * (1 - p) / max(n, 1))


def _many(looks: int) -> float:
    """How much farther the worst of ``looks`` values lies by chance than one of them.

    >>> _many(1), round(_many(100), 2)
    (1.0, 1.4)
    """
    from statistics import NormalDist

    tail = 1 - NormalDist().cdf(MOST_DEVIATIONS)
    return round(NormalDist().inv_cdf(1 - tail / max(looks, 1)) / MOST_DEVIATIONS, 9)


def summary(values: Iterable[float]) -> dict[str, float]:
    """The form of :class:`Usual` in a stored profile."""
    found = usual(list(values))
    return {"mean": found.mean, "deviation": found.deviation, "weeks": found.weeks}
