"""Inverse propensity scoring: every outcome counts as often as the policy would have met it."""

from __future__ import annotations

import numpy as np

from perdure.kernel.errors import UsageError
from perdure.methods.offpolicy.estimate import Estimate, estimated
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.ratios import NORMAL, IntervalBy, RatioSum
from perdure.methods.offpolicy.support import support_of


def ips(log: BanditLog, *, clip: float | None = None, by: IntervalBy = NORMAL) -> Estimate:
    r"""Unbiased when the propensities are right; wide when policies differ.

    .. math::

        \hat V_{IPS} = \frac 1 n \sum_i \min(w_i, c) \, r_i,
        \qquad w_i = \frac{\pi(a_i | x_i)}{\pi_b(a_i | x_i)}

    ``clip`` is c, above 0 (None: none). Clipping narrows the interval and adds a bias that the
    interval does not hold; the support is always that of the weights before it. Horvitz and
    Thompson 1952; Strehl et al. 2010; clipping: Ionides 2008.

    >>> log = BanditLog([0, 1], [1.0, 1.0], [0.5, 0.25], [[1, 0], [0, 1]])
    >>> ips(log).value, ips(log, clip=2).value
    (3.0, 2.0)
    """
    if clip is not None and not clip > 0:
        raise UsageError(f"clip {clip}", expected="above 0")
    limit = np.inf if clip is None else clip
    told = {} if clip is None else {"clip": clip, "clipped": float((log.weights > limit).mean())}
    terms = RatioSum.mean(np.minimum(log.weights, limit) * log.rewards)
    return estimated("ips", terms, support_of(log), log.codes, by, told)
