"""Intervals without a formula: draw the entities again, many times, and look how much varies.

Whole entities are drawn (all rows of one together), because rows of the same entity are not
independent. Every statistic is computed on the same draws, so the difference of two of them is
paired: what both have in common cancels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float64] | npt.NDArray[np.float32]
Statistic = Callable[[Weights], Mapping[str, Floats]]

_BLOCK_BYTES = 32 << 20
_MOST_WORK = 3e7
_FEWEST = 100
_EXACT = 1 << 24


def draws(clusters: npt.ArrayLike, replicates: int, seed: int) -> Iterator[Weights]:
    """Weights of the rows in blocks of shape (b, n): how often each row's cluster was drawn.

    >>> [block.sum(axis=1).tolist() for block in draws(["a", "b", "c"], 2, seed=0)]
    [[3.0, 3.0]]
    """
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1]
    count, rng = int(codes.max()) + 1, np.random.default_rng(seed)
    # Single precision holds sums of whole numbers up to 2^24 exactly, in half the memory.
    kind = np.float32 if len(codes) < _EXACT else np.float64
    block = max(1, _BLOCK_BYTES // (8 * len(codes)))
    for begin in range(0, replicates, block):
        size = min(block, replicates - begin)
        weights = np.empty((size, len(codes)), kind)
        for i in range(size):
            drawn = np.bincount(rng.integers(count, size=count), minlength=count)
            weights[i] = drawn[codes]
        yield weights


def bootstrap(
    statistics: Mapping[str, Statistic], clusters: npt.ArrayLike, replicates: int, seed: int
) -> dict[str, dict[str, Floats]]:
    """Each named statistic on every draw: method -> metric -> (replicates,).

    A statistic maps weights (b, n) to its metrics, (b,) each. Large sets get fewer draws (100 at
    least): their intervals are narrow anyway. A single cluster is drawn again as it is, which says
    nothing about how much others would vary: its draws are undefined (NaN), so no interval.
    """
    size = np.shape(clusters)[0]
    alone = len(np.unique(np.asarray(clusters))) == 1
    count = 1 if alone else int(min(replicates, max(_FEWEST, _MOST_WORK // size)))
    found: dict[str, dict[str, list[Floats]]] = {name: {} for name in statistics}
    for weights in draws(clusters, count, seed):
        for name, statistic in statistics.items():
            for metric, values in statistic(weights).items():
                drawn = np.full_like(values, np.nan, dtype=np.float64) if alone else values
                found[name].setdefault(metric, []).append(drawn)
    return {
        name: {metric: np.concatenate(parts) for metric, parts in metrics.items()}
        for name, metrics in found.items()
    }


def interval(values: Floats, level: float = 0.95) -> tuple[float | None, float | None]:
    """The middle ``level`` of the draws; None when more than a tenth of them are undefined.

    >>> interval(np.arange(101.0), level=0.5)
    (25.0, 75.0)
    """
    defined = values[np.isfinite(values)]
    if len(defined) < 0.9 * len(values) or not len(defined):
        return None, None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
