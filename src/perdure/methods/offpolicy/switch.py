"""Switch-DR: doubly robust where weights are small, the model where they are large."""

from __future__ import annotations

import numpy as np

from perdure.kernel.errors import UsageError
from perdure.methods.offpolicy.arrays import Floats
from perdure.methods.offpolicy.estimate import Estimate, estimated
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.ratios import NORMAL, IntervalBy, RatioSum
from perdure.methods.offpolicy.support import support_of

_GRID = 21


def switch_dr(log: BanditLog, *, tau: float | None = None, by: IntervalBy = NORMAL) -> Estimate:
    r"""As ``dr``, without the correction of rows whose weight is above ``tau``.

    .. math::

        \hat V = \frac 1 n \sum_i \Big[ \sum_a \pi(a | x_i) \, \hat q(x_i, a)
        + w_i \big( r_i - \hat q(x_i, a_i) \big) \, 1\{w_i \le \tau\} \Big]

    Without ``tau`` the data choose it (:func:`chosen_tau`). The interval does not hold the bias
    that switching adds; ``parameters["model_share"]`` is the share of the policy's decisions that
    the model alone answers. Wang, Agarwal and Dudik, ICML 2017.

    >>> log = BanditLog([0, 1], [1.0, 0.0], [0.5, 0.1], [[1, 0], [0, 1]], [[.8, .4], [.6, .2]])
    >>> round(switch_dr(log, tau=2).value, 4), round(switch_dr(log, tau=10).value, 4)
    (0.7, -0.3)
    """
    if tau is not None and not tau > 0:
        raise UsageError(f"tau {tau}", expected="above 0; 0 would be the model alone")
    limit = chosen_tau(log) if tau is None else float(tau)
    terms = RatioSum.mean(_terms(log, limit))
    told = {"tau": limit, "model_share": _mass_above(log, limit)}
    return estimated("switch-dr", terms, support_of(log), log.codes, by, told)


def chosen_tau(log: BanditLog) -> float:
    r"""The threshold with the least estimated variance plus squared bound on the bias.

    .. math::

        \hat\tau = \arg\min_\tau \frac{1}{n^2} \sum_i (Y_i(\tau) - \bar Y(\tau))^2
        + \Big( \frac{R}{n} \sum_i E_\pi [ 1\{w(x_i, a) > \tau\} ] \Big)^2

    R is the range of rewards and predictions. The expectation is over all actions where the log
    holds all its probabilities, else that of the taken ones, weighted. Candidates are quantiles of
    the weights and the largest, which is ``dr``; ties go to the largest. Wang et al., section 4.
    """
    weights = log.weights[log.weights > 0]
    if not len(weights):
        return 1.0
    candidates = np.unique(np.quantile(weights, np.linspace(0.05, 1.0, _GRID)))[::-1]
    risks = [_variance(log, tau) + _bias_bound(log, tau) ** 2 for tau in candidates]
    return float(candidates[int(np.argmin(risks))])


def _terms(log: BanditLog, tau: float) -> Floats:
    expected, of_taken = log.modelled()
    return expected + (log.weights <= tau) * log.weights * (log.rewards - of_taken)


def _variance(log: BanditLog, tau: float) -> float:
    return float(_terms(log, tau).var()) / len(log)


def _bias_bound(log: BanditLog, tau: float) -> float:
    model = np.zeros(1) if log.model is None else log.model
    most = max(float(log.rewards.max()), float(model.max()))
    least = min(float(log.rewards.min()), float(model.min()))
    return (most - least) * _mass_above(log, tau)


def _mass_above(log: BanditLog, tau: float) -> float:
    """The share of the policy's decisions whose weight is above tau."""
    if log.logged is None or log.policy.ndim == 1:
        return float((log.weights * (log.weights > tau)).mean())
    # Multiplied, not divided: an action that the log never takes has an infinite weight.
    return float((log.policy * (log.policy > tau * log.logged)).sum(axis=1).mean())
