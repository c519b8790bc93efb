"""How far counts have moved: effect sizes of the difference between two sets of bins.

All take counts of the same bins: ``reference`` and ``current``, shape (k,). Effect sizes say how
large a difference is; a p-value only says how many rows there were.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def psi(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Population stability index: sum of (q - p) ln(q / p) over the bins.

    Half a row is added to each bin, so that an empty one counts as rare, not as impossible.
    Rules of thumb: below 0.1 alike, above 0.25 another population.

    >>> psi([50, 50], [50, 50])
    0.0
    >>> round(psi([5000, 5000], [8000, 2000]), 3)
    0.416
    """
    p, q = _shares(reference, 0.5), _shares(current, 0.5)
    return float(np.sum((q - p) * np.log(q / p)))


def jensen_shannon(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Jensen-Shannon distance, base 2: 0 for equal shares, 1 when no bin is used by both.

    >>> jensen_shannon([10, 0], [0, 10])
    1.0
    """
    p, q = _shares(reference, 0.0), _shares(current, 0.0)
    middle = (p + q) / 2
    return float(np.sqrt(max(0.0, (_divergence(p, middle) + _divergence(q, middle)) / 2)))


def share_apart(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Largest distance between the two running shares: Kolmogorov and Smirnov's, on the bins.

    >>> share_apart([50, 50], [80, 20])
    0.3
    """
    apart = np.cumsum(_shares(reference, 0.0)) - np.cumsum(_shares(current, 0.0))
    return float(np.abs(apart).max().round(12))


def chi_square(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """The p-value of "both come from the same shares" (chi-square test of homogeneity)."""
    from scipy.special import chdtrc

    table = np.array([np.asarray(reference, float), np.asarray(current, float)])
    table = table[:, table.sum(axis=0) > 0]
    total = table.sum()
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return 1.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    return float(chdtrc(table.shape[1] - 1, ((table - expected) ** 2 / expected).sum()))


def false_discoveries(p_values: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which of many tests hold when at most ``level`` of those named may be false.

    Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300.

    >>> false_discoveries([0.01, 0.04, 0.03, 0.9])
    [True, False, False, False]
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p)
    held = p[order] <= level * np.arange(1, len(p) + 1) / max(len(p), 1)
    named = np.zeros(len(p), bool)
    if held.any():
        named[order[: int(np.flatnonzero(held)[-1]) + 1]] = True
    return [bool(x) for x in named]


def _shares(counts: npt.ArrayLike, added: float) -> Floats:
    filled = np.asarray(counts, np.float64) + added
    total = filled.sum()
    return np.asarray(filled / total if total else filled)


def _divergence(p: Floats, q: Floats) -> float:
    used = p > 0
    return float(np.sum(p[used] * np.log2(p[used] / q[used])))
