"""The doubly robust estimator: a model, corrected by what happened."""

from __future__ import annotations

from perdure.methods.offpolicy.estimate import Estimate, estimated
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.ratios import NORMAL, IntervalBy, RatioSum
from perdure.methods.offpolicy.support import support_of


def dr(log: BanditLog, *, by: IntervalBy = NORMAL) -> Estimate:
    r"""Right when the propensities or the model are right, and narrow when both are.

    .. math::

        \hat V_{DR} = \frac 1 n \sum_i \Big[ \sum_a \pi(a | x_i) \, \hat q(x_i, a)
        + w_i \big( r_i - \hat q(x_i, a_i) \big) \Big]

    The model must not have seen the row (``outcome.cross_fitted``). Raises ContractError when the
    log has no model. Dudik, Langford and Li 2011.

    >>> log = BanditLog([0, 1], [1.0, 0.0], [0.5, 0.5], [[1, 0], [0, 1]], [[.8, .4], [.6, .2]])
    >>> round(dr(log).value, 4)
    0.5
    """
    expected, of_taken = log.modelled()
    terms = RatioSum.mean(expected + log.weights * (log.rewards - of_taken))
    return estimated("dr", terms, support_of(log), log.codes, by)
