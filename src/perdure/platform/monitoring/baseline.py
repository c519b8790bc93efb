"""How much is too much: the yardstick is how far the reference varies within itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Statistic = Callable[[npt.ArrayLike, npt.ArrayLike], float]
MOST_DEVIATIONS = 3.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """A statistic of each chunk of the reference against the other chunks: mean and deviation."""

    chunks: int
    mean: float
    deviation: float

    @property
    def limit(self) -> float:
        """Mean and three deviations; 0 when there were no chunks to compare."""
        return self.mean + MOST_DEVIATIONS * self.deviation


def baseline(chunks: Sequence[Sequence[int]], statistic: Statistic) -> Baseline:
    """The variation of the reference from chunk to chunk; chunks without rows are left out.

    >>> from perdure.platform.monitoring.drift import psi
    >>> baseline([[50, 50], [50, 50], [50, 50]], psi).limit
    0.0
    """
    counts = np.asarray([chunk for chunk in chunks if sum(chunk)], np.float64)
    if len(counts) < 2:
        return Baseline(0, 0.0, 0.0)
    whole = counts.sum(axis=0)
    found = [statistic(whole - chunk, chunk) for chunk in counts]
    return Baseline(len(found), float(np.mean(found)), float(np.std(found, ddof=1)))


def chance(bins: int, reference_rows: float, current_rows: float) -> float:
    """The PSI that chance alone rarely exceeds, for so many rows.

    Without any drift PSI is about (1/n + 1/m) times chi-square with ``bins - 1`` degrees of
    freedom (Yurdakul and Naranjo, Journal of Risk Model Validation 14 (2020)); here its mean and
    three deviations.

    >>> chance(10, 100_000, 100) > 0.1 > chance(10, 100_000, 10_000)
    True
    """
    degrees = max(bins - 1, 1)
    spread = 1 / max(reference_rows, 1) + 1 / max(current_rows, 1)
    return spread * (degrees + MOST_DEVIATIONS * math.sqrt(2 * degrees))
