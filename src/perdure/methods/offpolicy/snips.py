"""Self-normalised inverse propensity scoring."""

from __future__ import annotations

from perdure.methods.offpolicy.estimate import Estimate, estimated
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.ratios import NORMAL, IntervalBy, RatioSum
from perdure.methods.offpolicy.support import support_of


def snips(log: BanditLog, *, by: IntervalBy = NORMAL) -> Estimate:
    r"""The weighted mean of what happened: never outside the rewards seen, slightly biased.

    .. math::

        \hat V_{SNIPS} = \frac{\sum_i w_i r_i}{\sum_i w_i}

    The interval is that of a ratio, ``psi_i = w_i (r_i - V) / mean(w)``. NaN when no row of the
    log is one that the policy would have made. Swaminathan and Joachims 2015.

    >>> log = BanditLog([0, 1], [1.0, 0.0], [0.5, 0.25], [[1, 0], [0, 1]])
    >>> round(snips(log).value, 4)
    0.3333
    """
    terms = RatioSum((log.weights * log.rewards)[None, :], log.weights[None, :])
    return estimated("snips", terms, support_of(log), log.codes, by)
