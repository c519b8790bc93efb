"""Does choosing an e-mail for each person beat one e-mail for all? Measured on people held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.kernel.evidence import Measured, Verdict
from perdure.methods.offpolicy.doubly_robust import dr
from perdure.methods.offpolicy.estimate import Estimate
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.outcome import cross_fitted
from perdure.methods.offpolicy.ridge import RidgeByAction
from perdure.methods.offpolicy.uplift import (
    Difference,
    asked_about,
    best_by_model,
    difference,
    one_for_all,
)
from perdure.solutions.donor.offpolicy_bench.trial import ARMS, MENS, NOBODY, WOMENS, Trial

CASE = "held-out-half"
PERSONALISED, MENS_TO_ALL = "personalised", "mens-to-all"


@dataclass(frozen=True, slots=True)
class Compared:
    """Doubly robust values on the held-out half, and the paired difference that matters."""

    values: dict[str, Estimate]
    gain: Difference


def compare(trial: Trial, seed: int) -> Compared:
    """A T-learner is fitted on one half of the trial; every policy is judged on the other."""
    shuffled = np.random.default_rng([seed, 2]).permutation(len(trial))
    learned, held = np.split(shuffled, [len(trial) // 2])
    predict = RidgeByAction()(
        trial.states[learned], trial.arm[learned], trial.visit[learned], len(ARMS)
    )
    X, arm, visit, n = trial.states[held], trial.arm[held], trial.visit[held], len(held)
    q = cross_fitted(X, arm, visit, actions=len(ARMS), fit=RidgeByAction(), seed=seed)
    third = np.full((n, len(ARMS)), 1 / len(ARMS))
    log = BanditLog(arm, visit, third[:, 0], third, q, logging=third)
    policies = {PERSONALISED: best_by_model(predict(X))} | {
        name: one_for_all(n, len(ARMS), a)
        for name, a in ((MENS_TO_ALL, MENS), ("womens-to-all", WOMENS), ("nobody", NOBODY))
    }
    values = {name: dr(asked_about(log, policy)) for name, policy in policies.items()}
    return Compared(values, difference(values[PERSONALISED], values[MENS_TO_ALL]))


def rows_of(found: Compared) -> list[Measured]:
    """The value of every policy, and the difference."""
    gain = found.gain
    values = [
        Measured(CASE, name, "value", e.value, e.low, e.high, e.support.n)
        for name, e in found.values.items()
    ]
    return [
        *values,
        Measured(
            CASE, f"{PERSONALISED} - {MENS_TO_ALL}", "difference",
            gain.value, gain.low, gain.high, gain.n,
        ),
    ]  # fmt: skip


def verdict(found: Compared) -> Verdict:
    """Whether personalising shows no gain over the mens e-mail to everybody."""
    gain = found.gain
    return Verdict(
        "personalising does not beat mens e-mail to all",
        "lower end of the paired difference at most 0",
        f"{gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}) on {gain.n:,} people held out",
        holds=gain.low <= 0,
    )
