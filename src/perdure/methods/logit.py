"""Log odds and probability."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def probability(log_odds: npt.ArrayLike) -> Floats:
    """The probability of given log odds, without overflow at either end.

    >>> probability([0.0, 1000.0])
    array([0.5, 1. ])
    """
    x = np.atleast_1d(np.asarray(log_odds, np.float64))
    small = np.exp(-np.abs(x))
    above: Floats = np.where(x >= 0, 1.0, small) / (1.0 + small)
    return above


def log_odds(p: npt.ArrayLike, edge: float = 1e-12) -> Floats:
    """The log odds of a probability, which is kept ``edge`` away from 0 and 1.

    >>> log_odds([0.5, 0.75]).round(4)
    array([0.    , 1.0986])
    """
    kept = np.clip(np.atleast_1d(np.asarray(p, np.float64)), edge, 1.0 - edge)
    answer: Floats = np.log(kept) - np.log1p(-kept)
    return answer
