"""Per-decision importance sampling, plain and weighted, for sequences."""

from __future__ import annotations

from perdure.methods.offpolicy.estimate import Estimate, estimated
from perdure.methods.offpolicy.ratios import NORMAL, IntervalBy, RatioSum
from perdure.methods.offpolicy.trajectories import TrajectoryLog


def pdis(log: TrajectoryLog, *, by: IntervalBy = NORMAL) -> Estimate:
    r"""Each reward weighs by the decisions up to it, not by those that came after.

    .. math::

        \hat V_{PDIS} = \frac 1 n \sum_i \sum_t \gamma^t w_{i,0:t} \, r_{it},
        \qquad w_{i,0:t} = \prod_{s \le t} \frac{\pi(a_{is} | x_{is})}{\pi_b(a_{is} | x_{is})}

    Unbiased; the variance may grow with 2 to the power of the horizon, so look at
    ``ess_by_step``. Precup, Sutton and Singh, ICML 2000.

    >>> log = TrajectoryLog([[0, 1]], [[1.0, 1.0]], [[0.5, 0.5]], [[1.0, 1.0]], discount=0.5)
    >>> pdis(log).value
    4.0
    """
    terms = RatioSum.mean((log.weights * log.rewards) @ log.discounts)
    return estimated("pdis", terms, log.support(), log.codes, by, ess_by_step=log.ess_by_step())


def wpdis(log: TrajectoryLog, *, by: IntervalBy = NORMAL) -> Estimate:
    r"""As :func:`pdis`, with the weights of each step divided by their mean.

    .. math::

        \hat V_{WPDIS} = \sum_t \gamma^t \frac{\sum_i w_{i,0:t} \, r_{it}}{\sum_i w_{i,0:t}}

    Consistent, slightly biased, far narrower. A sequence that ended earns 0 and keeps its weight.
    NaN when no sequence is one that the policy could have made.

    >>> log = TrajectoryLog([[0], [1]], [[1.0], [0.0]], [[0.5], [0.25]], [[1.0], [1.0]])
    >>> round(wpdis(log).value, 4)
    0.3333
    """
    weights = log.weights.T
    terms = RatioSum(log.discounts[:, None] * weights * log.rewards.T, weights)
    return estimated("wpdis", terms, log.support(), log.codes, by, ess_by_step=log.ess_by_step())
