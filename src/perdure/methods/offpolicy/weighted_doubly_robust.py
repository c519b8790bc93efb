"""The weighted doubly robust estimator for sequences."""

from __future__ import annotations

import numpy as np

from perdure.kernel.errors import ContractError
from perdure.methods.offpolicy.estimate import Estimate, estimated
from perdure.methods.offpolicy.ratios import NORMAL, IntervalBy, RatioSum
from perdure.methods.offpolicy.trajectories import TrajectoryLog


def wdr(log: TrajectoryLog, *, by: IntervalBy = NORMAL) -> Estimate:
    r"""Action values, corrected step by step by what happened.

    .. math::

        \hat V_{WDR} = \sum_t \gamma^t \sum_i \big[ u_{it} \big( r_{it} - \hat q(x_{it}, a_{it})
        \big) + u_{i,t-1} \hat v(x_{it}) \big], \qquad
        u_{it} = \frac{w_{i,0:t}}{\sum_j w_{j,0:t}}, \; u_{i,-1} = \frac 1 n

    with v the mean of q under the target policy. ``q`` must not have seen the sequence
    (:func:`perdure.methods.offpolicy.fitted_q.fitted_q` with folds). Raises ContractError without
    ``q`` or without the policy's probabilities of all actions. Thomas and Brunskill, ICML 2016.

    >>> log = TrajectoryLog([[0], [1]], [[1.0], [0.0]], [[0.5], [0.5]],
    ...                     [[[1, 0]], [[0, 1]]], q=[[[.8, .4]], [[.6, .2]]])
    >>> round(wdr(log).value, 4)
    0.5
    """
    if log.model is None or log.policy.ndim == 2:
        name = "q" if log.model is None else "target"
        raise ContractError("is needed for every action", where=name, expected="(n, H, actions)")
    state_value = (log.policy * log.model).sum(axis=2)
    before = np.hstack([np.ones((len(log), 1)), log.weights[:, :-1]])
    correction = log.discounts * log.weights * (log.rewards - log.of_taken(log.model))
    expected = log.discounts * before * state_value
    terms = RatioSum(np.vstack([correction.T, expected.T]), np.vstack([log.weights.T, before.T]))
    return estimated("wdr", terms, log.support(), log.codes, by, ess_by_step=log.ess_by_step())
