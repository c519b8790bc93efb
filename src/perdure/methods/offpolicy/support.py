"""How much of a log speaks about the target policy: sample size, weights, overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.offpolicy.arrays import Floats
from perdure.methods.offpolicy.log import BanditLog


@dataclass(frozen=True, slots=True)
class Support:
    """What stands behind an estimate, before any clipping.

    ``ess`` is the effective sample size; ``overlap`` the share of the target policy's decisions
    that the log could have made. It is known when the log holds all its probabilities; otherwise
    the mean weight estimates it, since ``E_b[w] = sum_{a: pi_b > 0} pi(a)``. A mean weight above 1
    by more than chance says that the logged propensities are not those that were used.
    """

    n: int
    units: int
    ess: float
    max_weight: float
    overlap: float
    overlap_known: bool
    mean_weight: float
    mean_weight_se: float


def effective_sample_size(weights: Floats) -> Floats:
    """``(sum w)^2 / sum w^2`` along the first axis; 0 where all weights are 0.

    >>> effective_sample_size(np.array([[1.0, 0.0], [1.0, 0.0]])).tolist()
    [2.0, 0.0]
    """
    scale = np.max(weights, axis=0, initial=0.0)
    # Divided by the largest weight first: squares of tiny and huge weights stay numbers.
    shares = weights / np.where(scale > 0, scale, 1.0)
    squares = (shares**2).sum(axis=0)
    return np.asarray(shares.sum(axis=0) ** 2 / np.where(squares > 0, squares, 1.0))


def support_of(log: BanditLog) -> Support:
    """The support of a log of single decisions.

    >>> log = BanditLog([0, 0], [1.0, 0.0], [1.0, 1.0], [[.5, .5]] * 2, logging=[[1, 0]] * 2)
    >>> support_of(log).ess, support_of(log).overlap
    (2.0, 0.5)
    """
    units = len(log) if log.codes is None else int(log.codes.max()) + 1
    mean, se = mean_weight(log.weights)
    known = overlap_of(log)
    return Support(
        len(log), units, float(effective_sample_size(log.weights)), float(log.weights.max()),
        min(mean, 1.0) if known is None else known, known is not None, mean, se,
    )  # fmt: skip


def mean_weight(weights: Floats) -> tuple[float, float]:
    """The mean of the weights, which should be 1, and its standard error."""
    spread = float(weights.std(ddof=1)) if len(weights) > 1 else float("nan")
    return float(weights.mean()), spread / float(np.sqrt(len(weights)))


def overlap_of(log: BanditLog) -> float | None:
    """The share of the target's mass on actions that were allowed and that the log could take.

    None when neither the log's probabilities nor a mask can tell.
    """
    if log.policy.ndim == 1 or (log.logged is None and log.allowed is None):
        return None
    could = np.ones(log.policy.shape, dtype=np.bool_)
    if log.logged is not None:
        could &= log.logged > 0
    if log.allowed is not None:
        could &= log.allowed
    share = float((log.policy * could).sum(axis=1).mean())
    # A mask alone tells what was impossible, not what was possible.
    return share if log.logged is not None or share < 1 else None
