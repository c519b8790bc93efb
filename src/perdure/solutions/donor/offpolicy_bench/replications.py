"""Each estimator on many biased logs whose true answer is known."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from perdure.kernel.evidence import Measured
from perdure.kernel.progress import Progress
from perdure.methods.offpolicy.arrays import Floats
from perdure.methods.offpolicy.direct import dm
from perdure.methods.offpolicy.doubly_robust import dr
from perdure.methods.offpolicy.estimate import Estimate, Refusal
from perdure.methods.offpolicy.floor import judge
from perdure.methods.offpolicy.ips import ips
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.outcome import cross_fitted
from perdure.methods.offpolicy.ratios import NORMAL
from perdure.methods.offpolicy.ridge import RidgeByAction
from perdure.methods.offpolicy.snips import snips
from perdure.methods.offpolicy.switch import switch_dr
from perdure.methods.offpolicy.uplift import one_for_all
from perdure.platform.feedback.proportions import wilson
from perdure.solutions.donor.offpolicy_bench.biased_log import biased_log, favours_recent
from perdure.solutions.donor.offpolicy_bench.trial import ARMS, MENS, Trial

METHODS = ("naive", "dm", "ips", "snips", "dr", "switch-dr")
_JUDGED: tuple[Callable[[BanditLog], Estimate], ...] = (ips, snips, dr, switch_dr)


@dataclass
class Answers:
    """What a method said in every replication: value, standard error, effective sample size."""

    value: list[float] = field(default_factory=list)
    se: list[float] = field(default_factory=list)
    ess: list[float] = field(default_factory=list)

    def add(self, value: float, se: float, ess: float) -> None:
        """One replication."""
        self.value.append(value)
        self.se.append(se)
        self.ess.append(ess)


@dataclass
class Replicated:
    """All answers about the policy "mens e-mail to all", and the value that it truly has."""

    truth: float
    answers: dict[str, Answers] = field(default_factory=lambda: {m: Answers() for m in METHODS})
    refused: Counter[str] = field(default_factory=Counter)
    log_sizes: list[int] = field(default_factory=list)


def replicate(
    trial: Trial, count: int, seed: int, progress: Progress, *, redrawn: bool
) -> Replicated:
    """``count`` biased logs, each asked what the mens e-mail to everybody would have brought."""
    policy = favours_recent(trial.recency)
    found = Replicated(float(trial.visit[trial.arm == MENS].mean()))
    for k in range(count):
        # A generator of its own for each: the first hundred stay the same when more are asked for.
        rng = np.random.default_rng([seed, int(redrawn), k])
        held = biased_log(trial, policy, rng, redrawn=redrawn)
        _ask(found, _log_of(trial, held.rows, held.logging, seed=int(rng.integers(2**31))))
        if not (k + 1) % 10:
            progress.step("biased logs", k + 1, count)
    return found


def _log_of(trial: Trial, rows: np.ndarray, logging: Floats, *, seed: int) -> BanditLog:
    n, arm, visit = len(rows), trial.arm[rows], trial.visit[rows]
    q = cross_fitted(
        trial.states[rows], arm, visit, actions=len(ARMS), fit=RidgeByAction(), seed=seed
    )
    target = one_for_all(n, len(ARMS), MENS)
    return BanditLog(arm, visit, logging[np.arange(n), arm], target, q, logging=logging)


def _ask(found: Replicated, log: BanditLog) -> None:
    found.log_sizes.append(len(log))
    found.answers["naive"].add(*_mean(log.rewards), len(log))
    expected, _ = log.modelled()
    # What somebody would do who took the model for the truth: its spread as a standard error.
    found.answers["dm"].add(dm(log).value, _mean(expected)[1], math.nan)
    for estimator in _JUDGED:
        answer = judge(estimator(log))
        if isinstance(answer, Refusal):
            found.refused[answer.method] += 1
        else:
            found.answers[answer.method].add(answer.value, answer.se, answer.ess)


def _mean(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def rows_of(case: str, found: Replicated) -> Iterator[Measured]:
    """Bias, root mean squared error, coverage and effective size of each method."""
    for method, answers in found.answers.items():
        if answers.value:
            yield from _measured(case, method, answers, found.truth)


def _measured(case: str, method: str, answers: Answers, truth: float) -> Iterator[Measured]:
    value, se = np.array(answers.value), np.array(answers.se)
    n, error = len(value), np.array(answers.value) - truth
    spread = NORMAL.z * float(error.std(ddof=1)) / math.sqrt(n)
    bias, ess = float(error.mean()), float(np.mean(answers.ess))
    covered = np.abs(error) <= NORMAL.z * se
    yield Measured(case, method, "bias", bias, bias - spread, bias + spread, n)
    yield Measured(case, method, "rmse", float(np.sqrt((error**2).mean())), n=n)
    yield Measured(
        case, method, "coverage", float(covered.mean()), *wilson(int(covered.sum()), n), n
    )
    yield Measured(case, method, "ess", ess, n=n)
