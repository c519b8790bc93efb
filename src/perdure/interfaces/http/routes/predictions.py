"""Predictions: of everybody who was scored, of one entity, and of values just given."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request

from perdure.interfaces.guard.policy import Policy
from perdure.interfaces.http import records
from perdure.interfaces.http.shared import Case, Here, PageNumber, Text, Word, api, reasons
from perdure.interfaces.views import entity, ranked
from perdure.interfaces.views.scope import resolve
from perdure.interfaces.views.scoring import Scorers
from perdure.kernel.names import slug
from perdure.platform.inference.online import ScoreAnswer

ROUTES = api("predictions")


@ROUTES.get(
    "/solutions/{solution}/cases/{case}/predictions",
    Policy.READ,
    response_model=records.PredictionPage,
)
def predictions(
    project: Here,
    scope: Case,
    territory: Text = "",
    text: Text = "",
    order: Annotated[ranked.Order, Query()] = "probability",
    page: PageNumber = 1,
) -> dict[str, Any]:
    """Everybody who was scored last, most likely first, 50 a page."""
    found = ranked.read(project, scope, ranked.Query("all", territory, text, order, page))
    return {
        "model": found.model,
        "data_as_of": found.data_as_of,
        "base_rate": found.base_rate,
        "total": found.total,
        "page": page,
        "pages": found.pages,
        "items": [_item(row) for row in found.rows],
    }


def _item(row: ranked.RankedRow) -> dict[str, Any]:
    names = ("entity", "territory", "probability", "score", "decision", "action", "arm")
    made = {name: getattr(row, name) for name in names}
    return {**made, "reasons": reasons(row.reasons), "state": row.state.word}


@ROUTES.get(
    "/solutions/{solution}/cases/{case}/entities/{entity_id}",
    Policy.READ,
    response_model=records.EntityRecord,
)
def one_entity(project: Here, scope: Case, entity_id: Word) -> dict[str, Any]:
    """One entity: score, reasons, decisions."""
    found = entity.read(project, scope, entity_id)
    return {
        "entity": entity_id,
        "model": found.model,
        "data_as_of": found.data_as_of,
        "probability": found.row.probability if found.row else None,
        "reasons": reasons(found.reasons),
        "decisions": [
            {"id": d.id, "at": d.at, "action": d.action, "arm": d.arm, "score": d.score,
             "state": d.state.word}
            for d in found.decisions
        ],
    }  # fmt: skip


@ROUTES.post("/score", Policy.READ, response_model=records.ScoreRecord)
def score(
    request: Request, project: Here, asked: records.ScoreEntity | records.ScoreFeatures
) -> ScoreAnswer:
    """Score one entity that is known, or the values of its features, with the champion."""
    wanted = asked.entity if isinstance(asked, records.ScoreEntity) else asked.features
    scope = resolve(project, asked.solution, slug(asked.case) if asked.case else "")
    scorers: Scorers = request.app.state.scorers
    return scorers.score(scope, wanted)
