"""What became of decisions: taken up, overridden, answered at all, and worth it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from perdure.platform.decisions.answers import DONE
from perdure.platform.decisions.lookup import decision_table, policy_of, reports
from perdure.platform.decisions.policy import TREATED, DecisionPolicy
from perdure.platform.feedback.lift import Lift, measure_lift
from perdure.platform.feedback.lookup import feedback_table
from perdure.platform.feedback.outcomes import outcome_table
from perdure.platform.feedback.proportions import Rate, rate

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

DISMISSED = "dismissed"
EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Effects:
    """The state of the decisions of a case at a moment.

    * ``acceptance``: carried out, of those that a person answered; ``override``: dismissed.
    * ``response``: answered by a person, of those that were answered or are over.
    * ``coverage``: entities with an action to take, of those that were proposed (newest batch).
    * ``reasons``: dismissals by reason code.
    * ``outcomes``: decisions by the state of their outcome; ``unknown`` where there is none yet.
    * ``lift``: treated against hold-out, each entity counted once; None without a hold-out.
    """

    solution: str
    case: str
    at: datetime
    decided: int
    holdout: int
    open: int
    executed: int
    dismissed: int
    expired: int
    acceptance: Rate
    override: Rate
    response: Rate
    coverage: Rate
    reasons: Mapping[str, int]
    outcomes: Mapping[str, int]
    lift: Lift | None


def effects(
    project: Project,
    solution: str,
    case: str,
    *,
    contract: str | None = None,
    at: datetime | None = None,
) -> Effects:
    """What can be said about the decisions of a case; ``contract`` names one label.

    ``contract`` is the digest of a label contract (None: whichever outcome was joined last).
    """
    now = at or project.clock.now()
    made = decision_table(project, solution, case).filter(pl.col("rank") > 0)
    acted = _answered(made, feedback_table(project, solution, case))
    treated = acted.filter(pl.col("arm") == TREATED)
    told = {name: _count(treated, name) for name in ("executed", DISMISSED, EXPIRED)}
    person = told["executed"] + told[DISMISSED]
    over = treated.filter(pl.col("answer").is_null() & (pl.col("valid_to") <= now)).height
    outcomes = _outcomes(project, made, solution, case, contract)
    policy = policy_of(project, solution, case) or DecisionPolicy()
    return Effects(
        solution=solution,
        case=case,
        at=now,
        decided=treated.height,
        holdout=made.height - treated.height,
        open=treated.height - person - told[EXPIRED] - over,
        executed=told["executed"],
        dismissed=told[DISMISSED],
        expired=told[EXPIRED] + over,
        acceptance=rate(told["executed"], person),
        override=rate(told[DISMISSED], person),
        response=rate(person, person + told[EXPIRED] + over),
        coverage=_coverage(project, solution, case),
        reasons=_reasons(treated),
        outcomes=dict(outcomes.group_by("state").len().sort("state").iter_rows()),
        lift=_lift(outcomes, policy),
    )


def _answered(made: pl.DataFrame, feedback: pl.DataFrame) -> pl.DataFrame:
    """Decisions with their ``answer`` (the last one of a person, else expired) and its reason."""
    final = (
        feedback.filter(pl.col("kind").is_in([*DONE, DISMISSED, EXPIRED]))
        .with_columns(person=pl.col("kind") != EXPIRED)
        .sort("person", "sequence")
        .unique("decision", keep="last")
        .with_columns(
            answer=pl.when(pl.col("kind").is_in(list(DONE)))
            .then(pl.lit("executed"))
            .otherwise("kind")
        )
    )
    return made.join(
        final.select("decision", "answer", "reason"), left_on="id", right_on="decision", how="left"
    )


def _count(rows: pl.DataFrame, answer: str) -> int:
    return rows.filter(pl.col("answer") == answer).height


def _reasons(treated: pl.DataFrame) -> dict[str, int]:
    told = treated.filter(pl.col("answer") == DISMISSED).group_by("reason").len()
    return dict(told.sort(["len", "reason"], descending=[True, False]).iter_rows())


def _coverage(project: Project, solution: str, case: str) -> Rate:
    newest = reports(project, solution, case, most=1)
    return (
        rate(min(newest[0].decisions, newest[0].entities), newest[0].entities)
        if newest
        else rate(0, 0)
    )


def _outcomes(
    project: Project, made: pl.DataFrame, solution: str, case: str, contract: str | None
) -> pl.DataFrame:
    known = outcome_table(project, solution, case, contract)
    return made.join(known, left_on="id", right_on="decision", how="left").with_columns(
        pl.col("state").fill_null("unknown")
    )


def _lift(outcomes: pl.DataFrame, policy: DecisionPolicy) -> Lift | None:
    """Each entity once, by its first decision with a known outcome, whatever was done about it."""
    if outcomes.filter(pl.col("arm") != TREATED).is_empty():
        return None
    once = outcomes.filter(pl.col("label").is_not_null()).unique(
        "entity", keep="first", maintain_order=True
    )
    ours, theirs = (once.filter((pl.col("arm") == TREATED) == side) for side in (True, False))
    return measure_lift(
        ours["label"].to_numpy(),
        theirs["label"].to_numpy(),
        aim=policy.minimum_effect,
        treated_score=ours["score"].to_numpy(),
        holdout_score=theirs["score"].to_numpy(),
    )
