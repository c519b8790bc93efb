"""Who gains from which action: policies from outcome models, and whether one beats another."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import ContractError, NotEnoughData, UsageError
from perdure.methods.offpolicy.arrays import Bools, Floats
from perdure.methods.offpolicy.estimate import Estimate
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.ratios import NORMAL, IntervalBy, standard_error


@dataclass(frozen=True, slots=True)
class Difference:
    """One value minus another, on the same rows: what both have in common cancels."""

    value: float
    se: float
    low: float
    high: float
    n: int


def one_for_all(n: int, actions: int, action: int) -> Floats:
    """The policy that does the same to everyone, (n, K).

    >>> one_for_all(1, 3, 2).tolist()
    [[0.0, 0.0, 1.0]]
    """
    if not 0 <= action < actions:
        raise UsageError(f"no action {action}", expected=f"0 to {actions - 1}")
    policy = np.zeros((n, actions))
    policy[:, action] = 1.0
    return policy


def best_by_model(q: Floats, eligible: Bools | None = None) -> Floats:
    """The personalised policy (n, K): the eligible action that the model expects most of.

    With one model per action this is the T-learner (Kunzel et al. 2019). The model must come from
    other rows than those that the policy is judged on. Ties go to the lower action. Raises
    ContractError for a row without an eligible action.

    >>> best_by_model(np.array([[.1, .9]]), np.array([[True, False]])).tolist()
    [[1.0, 0.0]]
    """
    allowed = np.ones(q.shape, dtype=np.bool_) if eligible is None else eligible
    if not allowed.any(axis=1).all():
        row = int(np.argmin(allowed.any(axis=1)))
        raise ContractError("nothing is eligible", where=f"eligible[{row}]", expected="an action")
    best = np.where(allowed, q, -np.inf).argmax(axis=1)
    return np.asarray(np.eye(q.shape[1])[best])


def asked_about(log: BanditLog, target: npt.ArrayLike) -> BanditLog:
    """The same log beside another policy.

    >>> log = BanditLog([0], [1.0], [0.5], [[1.0, 0.0]])
    >>> asked_about(log, [[0.0, 1.0]]).weights.tolist()
    [0.0]
    """
    return replace(log, target=target)


def difference(first: Estimate, second: Estimate, by: IntervalBy = NORMAL) -> Difference:
    """``first`` minus ``second`` from the same rows of one log, with its paired interval.

    The standard error is that of the differences of the influence values, entity by entity, so
    rows on which both policies do the same add nothing to it. Raises ContractError for estimates
    of different logs, NotEnoughData when the interval is no number.

    >>> from perdure.methods.offpolicy.ips import ips
    >>> log = BanditLog([0, 1] * 50, [1.0, 0.0] * 50, [0.5] * 100, [[1.0, 0.0]] * 100)
    >>> found = difference(ips(log), ips(asked_about(log, [[0.0, 1.0]] * 100)))
    >>> found.value, found.low > 0
    (1.0, True)
    """
    if (first.support.n, len(first.influence)) != (second.support.n, len(second.influence)):
        raise ContractError(
            f"estimates of {first.support.n:,} and {second.support.n:,} rows do not pair",
            where="difference", expected="two policies on one log",
        )  # fmt: skip
    value = first.value - second.value
    se = standard_error(first.influence - second.influence)
    if not math.isfinite(value + se):
        raise NotEnoughData("the difference is not a number on these rows")
    return Difference(value, se, value - by.z * se, value + by.z * se, first.support.n)
