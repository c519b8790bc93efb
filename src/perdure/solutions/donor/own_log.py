"""What the service's own log says about policies: the served one, the logged one, none at all.

Values are of one month: the outcome window after each decision. They see neither that contacts
tire nor that who gave once more keeps giving. What follows over two or three months is weighed in
:mod:`.own_sequences`; the years ahead only the simulator tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from perdure.kernel.discovery import solution as named
from perdure.methods.contact.actions import ACTIONS, NONE, Floats
from perdure.methods.offpolicy.doubly_robust import dr
from perdure.methods.offpolicy.estimate import Answer, Estimate, Refusal
from perdure.methods.offpolicy.evaluation import evaluate
from perdure.methods.offpolicy.floor import judge
from perdure.methods.offpolicy.ips import ips
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.outcome import cross_fitted
from perdure.methods.offpolicy.ridge import RidgeByAction
from perdure.methods.offpolicy.uplift import Difference, difference, one_for_all
from perdure.platform.inference.predictor import champion_of
from perdure.solutions.donor.own_policies import LOGGED, NEVER, SERVED, chances, states
from perdure.solutions.donor.own_rows import OwnRows, own_rows, read_tables
from perdure.solutions.donor.own_sequences import Sequences, sequences
from perdure.solutions.donor.predictor import DonorPredictor
from perdure.solutions.donor.settings import DonorSettings

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

RETURN, DONATIONS = "return", "donations"
ONE_MONTH = (
    "Values are of one month. They see neither that contacts tire nor that who gave once more "
    "keeps giving: only the simulated months tell about that."
)
BEFORE_LIMITS = (
    "The policy as it proposes: consent, deferral and country rules are applied as they stood "
    "then; the contact cap, the gap and capacities depend on what was done before and are not."
)
LOTTERY_ONLY = "Speaks about donors and months in which the action was drawn by lot."


@dataclass(frozen=True, slots=True)
class OwnValue:
    """One policy and one outcome: what each estimator says of a donor and month.

    ``naive`` is the plain mean of what followed where the log did what the policy does most
    likely: whom the log chose differs from whom it left alone, so it is no estimate.
    """

    policy: str
    outcome: str
    naive: float | None
    answers: tuple[Answer, ...]

    @property
    def best(self) -> Answer:
        """The doubly robust answer where there is one, else the first."""
        return next((a for a in self.answers if a.method == "dr"), self.answers[0])


@dataclass(frozen=True, slots=True)
class OwnDifference:
    """One policy minus another, on the same rows; or why there is no number."""

    policy: str
    other: str
    outcome: str
    found: Difference | None
    refusal: str = ""


@dataclass(frozen=True)
class OwnLog:
    """The answers of one case's log. ``refusal``: why nothing is told at all; "" otherwise."""

    case: str
    at: datetime
    model: str
    decisions: int
    donors: int
    contacts: int
    since: datetime | None = None
    until: datetime | None = None
    values: tuple[OwnValue, ...] = ()
    differences: tuple[OwnDifference, ...] = ()
    sequences: tuple[Sequences, ...] = ()
    refusal: str = ""
    caveats: tuple[str, ...] = field(default=(LOTTERY_ONLY, ONE_MONTH, BEFORE_LIMITS))

    def value(self, policy: str, outcome: str = RETURN) -> OwnValue | None:
        """What is told about a policy."""
        held = (v for v in self.values if (v.policy, v.outcome) == (policy, outcome))
        return next(held, None)

    def difference(self, policy: str, other: str, outcome: str = RETURN) -> OwnDifference | None:
        """What one policy brings over another."""
        asked = (policy, other, outcome)
        held = (d for d in self.differences if (d.policy, d.other, d.outcome) == asked)
        return next(held, None)


def evaluate_own_log(project: Project, settings: DonorSettings, case: str, at: datetime) -> OwnLog:
    """What the champion, the logged policy and never contacting brought, by the project's log.

    Reads the log as known at ``at``, outcomes over by then. Without a champion only the other two
    are told. Below ``policy.minimum_log`` decisions or the floors of the estimators the answer is
    a refusal in words.
    """
    tables = read_tables(project)
    champion = champion_of(project, named("donor"), case)
    held = champion.predictor if champion else None
    served = {SERVED: held} if isinstance(held, DonorPredictor) else {}
    rows = own_rows(tables, settings, case, at)
    found = own_values(rows, settings, case, at, served)
    model = champion.reference if champion else ""
    several = (
        ()
        if found.refusal
        else tuple(sequences(tables, rows, settings, case, at, months, served) for months in (2, 3))
    )
    return replace(found, model=model, sequences=several)


def own_values(
    rows: OwnRows,
    settings: DonorSettings,
    case: str,
    at: datetime,
    predictors: Mapping[str, DonorPredictor],
) -> OwnLog:
    """The one-month values of policies by name, beside the logged one and never contacting."""
    counted = OwnLog(case, at, "", len(rows), len(set(rows.donor.tolist())),
                     int((rows.action != NONE).sum()))  # fmt: skip
    if why := _too_few(counted, settings):
        return replace(counted, refusal=why)
    moments = rows.at.astype("datetime64[us]").tolist()
    targets = {name: chances(one, rows, settings) for name, one in predictors.items()}
    targets[NEVER] = one_for_all(len(rows), len(ACTIONS), NONE)
    outcomes = {RETURN: rows.rewards(settings), DONATIONS: rows.donated.astype(np.float64)}
    values: list[OwnValue] = []
    apart: list[OwnDifference] = []
    for outcome, reward in outcomes.items():
        logs = _logs(rows, reward, targets)
        values += [_value(name, outcome, log) for name, log in logs.items()]
        apart += _differences(outcome, logs)
    return replace(
        counted, since=min(moments), until=max(moments), values=tuple(values),
        differences=tuple(apart),
    )  # fmt: skip


def _logs(rows: OwnRows, reward: Floats, targets: Mapping[str, Floats]) -> dict[str, BanditLog]:
    q = cross_fitted(
        states(rows.known), rows.action, reward, actions=len(ACTIONS),
        fit=RidgeByAction(), entity=rows.donor,
    )  # fmt: skip
    found = {
        name: BanditLog(rows.action, reward, rows.chance, target, q, entity=rows.donor)
        for name, target in targets.items()
    }
    # Of the logged policy only the chance of what it did is known, which is all that it needs.
    found[LOGGED] = BanditLog(rows.action, reward, rows.chance, rows.chance, entity=rows.donor)
    return found


def _value(policy: str, outcome: str, log: BanditLog) -> OwnValue:
    if log.policy.ndim == 1:
        return OwnValue(policy, outcome, float(log.rewards.mean()), evaluate(log))
    same = log.policy.argmax(axis=1) == log.taken
    naive = float(log.rewards[same].mean()) if same.any() else None
    return OwnValue(policy, outcome, naive, evaluate(log))


def _differences(outcome: str, logs: Mapping[str, BanditLog]) -> Iterator[OwnDifference]:
    judged = {name: judge(ips(log) if name == LOGGED else dr(log)) for name, log in logs.items()}
    for name in judged:
        for other in (*(n for n in judged if n not in (NEVER, LOGGED)), LOGGED, NEVER):
            if name not in (other, LOGGED, NEVER):
                yield _apart(name, other, outcome, judged[name], judged[other])


def _apart(
    name: str, other: str, outcome: str, first: Estimate | Refusal, second: Estimate | Refusal
) -> OwnDifference:
    for one in (first, second):
        if isinstance(one, Refusal):
            return OwnDifference(name, other, outcome, None, one.words())
    assert isinstance(first, Estimate) and isinstance(second, Estimate)  # noqa: S101, PT018
    return OwnDifference(name, other, outcome, difference(first, second))


def _too_few(counted: OwnLog, settings: DonorSettings) -> str:
    least = settings.policy.minimum_log
    if counted.decisions < least:
        return (
            f"{counted.decisions:,} decisions drawn by lot have a known outcome; "
            f"{least:,} are needed (policy.minimum_log)"
        )
    if not counted.contacts:
        return "the lot never fell on a contact, so the log says nothing about contacts"
    return ""
