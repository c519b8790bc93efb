"""Fitted-Q evaluation: action values of a policy from logged steps, by regression backwards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import ContractError, NotEnoughData
from perdure.methods.offpolicy.arrays import Bools, Floats, numbers
from perdure.methods.offpolicy.estimate import ModelValue
from perdure.methods.offpolicy.outcome import Fit, fold_of
from perdure.methods.offpolicy.ridge import RidgeByAction
from perdure.methods.offpolicy.trajectories import TrajectoryLog

_RIDGE = RidgeByAction()


def fitted_q(
    log: TrajectoryLog, states: npt.ArrayLike, *, fit: Fit = _RIDGE, folds: int = 2, seed: int = 0
) -> Floats:
    r"""Action values (n, H, K), each sequence's by models that were fitted on other entities.

    .. math::

        \hat q_t = \arg\min_q \sum_i \big( r_{it} + \gamma \sum_a \pi(a | x_{i,t+1})
        \hat q_{t+1}(x_{i,t+1}, a) - q(x_{it}, a_{it}) \big)^2, \qquad \hat q_H = 0

    One regression a step, from the last to the first, of ``fit`` (default: a ridge regression per
    action) on ``states`` (n, H, d); 0 after the end of a sequence. Raises ContractError without
    the policy's probabilities of all actions, NotEnoughData when a step has no sequence to learn
    from. Le, Voloshin and Yue, ICML 2019, with a horizon.

    >>> log = TrajectoryLog([[0]] * 4, [[1.0]] * 4, [[1.0]] * 4, [[[1.0, 0.0]]] * 4)
    >>> fitted_q(log, np.zeros((4, 1, 1)))[0].tolist()
    [[1.0, 1.0]]
    """
    if log.policy.ndim == 2:
        raise ContractError(
            "is needed for every action", where="target", expected="(n, H, actions)"
        )
    n, H, K = log.policy.shape
    seen = numbers("states", _read(states, log), (n, H, -1))
    fold = fold_of(n, log.codes, folds=folds, seed=seed)
    found = np.zeros((n, H, K))
    for part in range(folds):
        found[fold == part] = _backwards(log, seen, fit, fold != part)[fold == part]
    return found


def fqe(log: TrajectoryLog, q: Floats) -> ModelValue:
    r"""The policy's value by action values: a model's answer, without interval.

    .. math::

        \hat V_{FQE} = \frac 1 n \sum_i \sum_a \pi(a | x_{i0}) \, \hat q_0(x_{i0}, a)

    >>> log = TrajectoryLog([[0]], [[1.0]], [[1.0]], [[[0.5, 0.5]]])
    >>> fqe(log, np.array([[[1.0, 3.0]]]))
    ModelValue(method='fqe', value=2.0, n=1)
    """
    if q.shape != log.policy.shape:
        raise ContractError(f"has the shape {q.shape}", where="q", expected=str(log.policy.shape))
    return ModelValue("fqe", float((log.policy[:, 0] * q[:, 0]).sum(axis=1).mean()), len(log))


def _backwards(log: TrajectoryLog, states: Floats, fit: Fit, rest: Bools) -> Floats:
    """Action values of every sequence by models fitted on those of ``rest``."""
    n, H, K = log.policy.shape
    found, ahead = np.zeros((n, H, K)), np.zeros(n)
    for t in range(H - 1, -1, -1):
        here = log.made[:, t]
        if not here.any():
            continue
        rows = here & rest
        if not rows.any():
            raise NotEnoughData(f"step {t} was reached by sequences of one fold only")
        outcome = log.rewards[:, t] + log.discount * ahead
        predict = fit(states[rows, t], log.taken[rows, t], outcome[rows], K)
        found[here, t] = numbers("q", predict(states[here, t]), (int(here.sum()), K))
        ahead = (log.policy[:, t] * found[:, t]).sum(axis=1)
    return found


def _read(states: npt.ArrayLike, log: TrajectoryLog) -> npt.ArrayLike:
    found = np.asarray(states)
    if found.ndim != 3 or found.shape[:2] != log.made.shape or found.dtype.kind not in "iufb":
        return found
    return np.where(log.made[:, :, None], found, 0.0)
