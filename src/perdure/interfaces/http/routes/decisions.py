"""Decisions, and what people say became of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Query, Request

from perdure.interfaces.guard.policy import Policy
from perdure.interfaces.http import records
from perdure.interfaces.http.shared import Here, PageNumber, Text, Word, api
from perdure.interfaces.views import actions, decision, ranked
from perdure.interfaces.views.scope import resolve
from perdure.interfaces.views.writing import Writing

ROUTES = api("decisions")


@ROUTES.get("/decisions", Policy.READ, response_model=records.DecisionPageRecord)
def decisions(
    project: Here,
    solution: Annotated[str, Query(min_length=1, max_length=64)],
    case: Text = "",
    view: Annotated[ranked.DecisionView, Query()] = "waiting",
    territory: Text = "",
    page: PageNumber = 1,
) -> dict[str, Any]:
    """The decisions of a case as they stand, by territory and rank, 50 a page."""
    scope = resolve(project, solution, case)
    found = ranked.read(project, scope, ranked.Query(view, territory, "", "territory", page))
    return {
        "total": found.total,
        "page": page,
        "pages": found.pages,
        "items": [
            {"id": row.decision, "entity": row.entity, "action": row.action, "arm": row.arm,
             "score": row.decided_score, "territory": row.territory, "rank": row.rank,
             "state": row.state.word, "valid_to": row.valid_to}
            for row in found.rows
        ],
    }  # fmt: skip


@ROUTES.get("/decisions/{decision_id}", Policy.READ, response_model=records.DecisionAnswer)
def one_decision(project: Here, decision_id: Word) -> dict[str, Any]:
    """One decision with reasons, limits, alternatives, and what became of it."""
    found = decision.read(project, decision_id)
    return {
        "decision": asdict(found.decision),
        "state": found.state.word,
        "feedback": [asdict(happened) for happened in found.feedback],
    }


@ROUTES.post("/feedback", Policy.ACT, response_model=records.FeedbackAnswer)
def feedback(request: Request, project: Here, said: records.FeedbackRequest) -> dict[str, Any]:
    """Record what happened to a decision; the same key again changes nothing.

    Answered when it is on disk.
    """
    writing: Writing = request.app.state.writing
    recorded = actions.give_feedback(
        project,
        said.decision,
        said.kind,
        key=said.key,
        who=said.actor,
        reason=said.reason,
        value=said.value,
        note=said.note,
        writer=writing.writer(),
    )
    return {"decision": said.decision, "recorded": recorded}
