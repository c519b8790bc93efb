"""Logs of a policy that favours some people, drawn out of a randomised trial by rejection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.offpolicy.arrays import Floats, Ints
from perdure.solutions.donor.offpolicy_bench.trial import MENS, NOBODY, WOMENS, Trial

_RECENT, _LONG_AGO = 0.6, 0.1
_NOBODY_SHARE = 0.7
SHARE = 0.2
"""The part of the pool that a log takes, on average.

The truth is that of the pool, so a log of nearly all of it could hardly miss.
"""


@dataclass(frozen=True, slots=True)
class BiasedLog:
    """Which people of the trial the log holds (rows of the pool) and all its probabilities."""

    rows: Ints
    logging: Floats


def favours_recent(recency: Floats) -> Floats:
    """The logging policy (n, 3): the mens e-mail at .6 for the most recent buyers, .1 for others.

    In between it falls with the rank of recency; of the rest 70 % get nothing. Recent buyers
    come more often anyway, so what the log shows of an e-mail is not what the e-mail does.

    >>> favours_recent(np.array([1.0, 12.0])).round(4).tolist()
    [[0.3675, 0.475, 0.1575], [0.5425, 0.225, 0.2325]]
    """
    _, place, counts = np.unique(recency, return_inverse=True, return_counts=True)
    rank = ((np.cumsum(counts) - counts / 2) / len(recency))[place]
    policy = np.empty((len(recency), 3))
    policy[:, MENS] = _RECENT + (_LONG_AGO - _RECENT) * rank
    policy[:, NOBODY] = _NOBODY_SHARE * (1 - policy[:, MENS])
    policy[:, WOMENS] = (1 - _NOBODY_SHARE) * (1 - policy[:, MENS])
    return policy


def biased_log(
    trial: Trial, policy: Floats, rng: np.random.Generator, *, redrawn: bool
) -> BiasedLog:
    """A person of the trial enters the log with probability ``3 SHARE policy[arm drawn]``.

    Arms were drawn at one third whoever the person was, so the log is exactly what the policy
    would have made: the same kinds of people, its own arms. ``redrawn``: people are first drawn
    anew with replacement, which makes the pool the whole world.
    """
    n, arms = len(trial), policy.shape[1]
    pool = rng.integers(n, size=n) if redrawn else np.arange(n)
    chance = arms * SHARE * policy[pool, trial.arm[pool]]
    rows = pool[rng.random(n) < chance]
    return BiasedLog(rows, policy[rows])
