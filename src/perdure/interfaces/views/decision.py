"""One decision: what was decided, why, what else was possible, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views import scored, standing
from perdure.interfaces.views.scope import resolve
from perdure.interfaces.views.states import State
from perdure.kernel.decisions import Decision, Reason
from perdure.kernel.discovery import solutions
from perdure.kernel.names import slug
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.feedback.records import FEEDBACK, OUTCOMES
from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class Happened:
    """One feedback or outcome of a decision."""

    at: datetime
    kind: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """Everything on the page of one decision."""

    decision: Decision
    title: str
    entity_word: str
    worth: str
    name: str
    link: str
    state: State
    feedback: tuple[Happened, ...]
    position: int | None
    chain: State
    now: datetime


WORDS = {
    "executed": "accepted",
    "dismissed": "dismissed",
    "completed": "completed",
    "expired": "expired",
    "observed": "observed",
}


def read(project: Project, decision: str) -> DecisionPage:
    """One decision; an unknown id is Missing."""
    now = project.clock.now()
    with project.ops.connect() as connection:
        row = connection.execute(standing.decided(now).where(DECISIONS.c.id == decision)).first()
        if row is None:
            raise Missing("no such decision")
        said = connection.execute(
            select(FEEDBACK).where(FEEDBACK.c.decision == decision).order_by(FEEDBACK.c.sequence)
        ).all()
        outcomes = connection.execute(
            select(OUTCOMES).where(OUTCOMES.c.decision == decision).order_by(OUTCOMES.c.as_of)
        ).all()
    manifest = solutions().get(row.solution)
    return DecisionPage(
        decision=made(row),
        title=manifest.title if manifest else row.solution,
        entity_word=manifest.entity if manifest else "entity",
        worth=manifest.worth if manifest else "",
        name=_name(project, row),
        link=f"/solutions/{row.solution}/{slug(row.case)}",
        state=standing.state_of(row, now),
        feedback=(*map(_said, said), *map(_came, outcomes)),
        position=row.sequence,
        chain=State("ok", f"record {row.sequence}", f"Linked by {row.hash[:16]}… to all before."),
        now=now,
    )


def check_known(project: Project, decision: str) -> None:
    """Raise Missing unless there is a decision with that id."""
    known = select(DECISIONS.c.id).where(DECISIONS.c.id == decision)
    with project.ops.connect() as connection:
        if connection.execute(known).first() is None:
            raise Missing("no such decision")


def _name(project: Project, row: Row[Any]) -> str:
    if row.solution not in solutions():
        return str(row.entity)
    found = scored.latest(project, resolve(project, row.solution, slug(row.case)))
    known = found.of([row.entity]) if found else {}
    return str(known.get(row.entity, {}).get("name") or row.entity)


def made(row: Row[Any]) -> Decision:
    """A row of the log as the record that the kernel knows."""
    reasons = tuple(
        Reason(
            str(r.get("feature", "")),
            r.get("value"),
            float(r.get("effect") or 0),
            scored.sentence(r),
        )
        for r in json.loads(row.reasons)
        if isinstance(r, dict)
    )
    names = ("id", "solution", "case", "entity", "action", "score", "propensity", "arm",
             "territory", "channel", "rank", "policy", "model", "data_as_of", "decided_at",
             "valid_from", "valid_to", "run")  # fmt: skip
    return Decision(
        **{name: getattr(row, name) for name in names},
        reasons=reasons,
        alternatives=json.loads(row.alternatives),
        limits=tuple(json.loads(row.limits)),
    )


def _said(row: Row[Any]) -> Happened:
    text = standing.said(row.reason, row.note)
    if row.value is not None:
        text = f"{row.value:g} {text}".strip()
    return Happened(row.at, WORDS.get(row.kind, row.kind), row.actor, text)


def _came(row: Row[Any]) -> Happened:
    amount = f", {row.amount:g}" if row.amount else ""
    return Happened(row.as_of, "outcome", row.contract, f"{row.state}{amount}")
