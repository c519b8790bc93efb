"""What the service's own log says of its policy, of the logged one, and of never contacting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perdure.kernel.discovery import solution
from perdure.kernel.errors import PerdureError
from perdure.methods.offpolicy.estimate import Answer, Estimate, ModelValue
from perdure.solutions.donor.pages.champion import NAME, champion
from perdure.solutions.donor.pages.held import Held, versions
from perdure.solutions.donor.pages.later import later
from perdure.solutions.donor.tables import TABLES

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project
    from perdure.solutions.donor.own_log import OwnLog, OwnValue
    from perdure.solutions.donor.own_sequences import Sequences

METHODS = {
    "naive": "Plain mean where the log did the same",
    "dm": "Outcome model alone (DM)",
    "ips": "Inverse propensity (IPS)",
    "snips": "Self-normalised (SNIPS)",
    "dr": "Doubly robust (DR)",
    "switch-dr": "Doubly robust, large weights cut (Switch-DR)",
    "wpdis": "Weighted per decision",
    "wdr": "Weighted doubly robust",
    "fqe": "Fitted Q alone (FQE)",
}
"""What the estimators are called; those marked alone are no evidence by themselves."""
POLICIES = {
    "served": "Policy in service",
    "logged policy": "What was done",
    "never contact": "Never contact",
}
OUTCOMES = {
    "return": "Donations less costs, and less for donors who leave",
    "donations": "Donations",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One estimator's answer in words; ``refused`` says why there is none."""

    method: str
    value: float | None
    low: float | None
    high: float | None
    ess: float | None
    overlap: float | None
    refused: str
    alone: bool
    best: bool


@dataclass(frozen=True, slots=True)
class Block:
    """All answers about one policy and outcome."""

    policy: str
    outcome: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """Answers about months in a row, or why there are none."""

    months: int
    sequences: int
    left_out: int
    refusal: str
    blocks: tuple[Block, ...]
    axis: tuple[float, float]


def off_policy(project: Project, case: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The page; ``outcome`` chooses what counts."""
    outcome = "donations" if query.get("outcome") == "donations" else "return"
    try:
        found = own_log(project, case)
    except PerdureError as error:
        return {"log": None, "wrong": str(error)}
    if found is None:
        return {"log": None, "wrong": ""}
    blocks = [_block(v) for v in found.values if v.outcome == outcome]
    chosen = [d for d in found.differences if d.outcome == outcome]
    return {
        "log": found,
        "wrong": "",
        "outcome": outcome,
        "outcomes": OUTCOMES,
        "blocks": blocks,
        "axis": _axis(blocks),
        "differences": [(_policy(d.policy), _policy(d.other), d.found, d.refusal) for d in chosen],
        "sentence": _sentence(chosen),
        "sequences": [_several(s, outcome) for s in found.sequences],
    }


def own_log(project: Project, case: str) -> OwnLog | None:
    """The answers, worked out once while tables, settings, version and day stay the same.

    None while they are being worked out.
    """
    from perdure.solutions.donor.own_log import evaluate_own_log

    served = champion(project, case)
    state = versions(project, [c.name for c in TABLES])
    key = Held(project, (case, served.reference if served else "", *state))
    settings = project.settings(solution(NAME))
    return later(key, lambda: evaluate_own_log(project, settings, case, project.clock.now()))


def _block(told: OwnValue) -> Block:
    lines = [_line(answer) for answer in told.answers]
    if told.naive is not None and told.policy != "logged policy":
        lines.insert(0, Line(METHODS["naive"], told.naive, None, None, None, None, "", True, False))
    return Block(_policy(told.policy), told.outcome, tuple(_honest(lines)))


def _line(answer: Answer) -> Line:
    name = METHODS.get(answer.method, answer.method)
    if isinstance(answer, Estimate):
        support = answer.support
        return Line(name, answer.value, answer.low, answer.high, support.ess, support.overlap, "",
                    False, answer.method == "dr")  # fmt: skip
    if isinstance(answer, ModelValue):
        return Line(name, answer.value, None, None, None, None, "", True, False)
    ess = answer.support.ess if answer.support else None
    return Line(name, None, None, None, ess, None, "; ".join(answer.reasons), False, False)


def _honest(lines: Sequence[Line]) -> Iterator[Line]:
    """A model alone, or a plain mean, is shown only beside an estimate that can be wrong."""
    known = any(line.low is not None for line in lines)
    return (line for line in lines if known or not line.alone)


def _several(told: Sequences, outcome: str) -> Several:
    blocks = [
        Block(_policy(name), outcome, tuple(_honest([_line(answer) for answer in answers])))
        for name, answers in told.answers.items()
    ]
    return Several(told.months, told.sequences, told.left_out, told.refusal, tuple(blocks),
                   _axis(blocks))  # fmt: skip


def _axis(blocks: Sequence[Block]) -> tuple[float, float]:
    ends = [v for b in blocks for line in b.lines for v in (line.value, line.low, line.high)
            if v is not None]  # fmt: skip
    return (min(ends), max(ends)) if ends else (0.0, 1.0)


def _sentence(differences: Sequence[Any]) -> str:
    """What the log settles, and what it does not."""
    told = next(
        (d for d in differences if (d.policy, d.other) == ("served", "never contact")), None
    )
    if told is None:
        return "The log does not compare the policy in service with never contacting yet."
    if told.found is None:
        return (
            f"The log cannot compare the policy in service with never contacting: {told.refusal}."
        )
    low, high = told.found.low, told.found.high
    ends = f"{told.found.value:+.4f} a donor and month ({low:+.4f} to {high:+.4f})"
    ends = ends.replace("-", "\u2212")
    if low > 0:
        return f"By the log the policy in service is better than never contacting: {ends}."
    if high < 0:
        return f"By the log the policy in service is worse than never contacting: {ends}."
    return (
        f"The log cannot tell the policy in service from never contacting: {ends}. More contacts "
        "drawn by lot would narrow it."
    )


def _policy(name: str) -> str:
    return POLICIES.get(name, name)
