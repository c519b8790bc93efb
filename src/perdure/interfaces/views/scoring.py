"""Scores of single entities, by champions that are opened once and kept open."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from perdure.interfaces.guard.refusals import Refused, as_things_stand
from perdure.interfaces.views.scope import Scope
from perdure.platform.inference.online import OnlineScorer, ScoreAnswer, Value
from perdure.platform.storage.project import Project


class Scorers:
    """The open scorers of a project, one for each case that was asked about."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._open: dict[str, OnlineScorer] = {}
        self._turn = threading.Lock()

    def score(self, scope: Scope, asked: str | Mapping[str, Value]) -> ScoreAnswer:
        """The score of an entity, or of the values of its features, by the champion."""
        if not scope.solution.features:
            raise Refused(
                f"{scope.solution.title} scores no features: it answers at its own addresses",
                hint="see /api/v1/openapi.json",
            )
        with self._turn:
            scorer = self._open.get(scope.model)
            if scorer is None:
                scorer = OnlineScorer(self._project, scope.solution, scope.case)
                self._open[scope.model] = scorer
        with as_things_stand():
            return scorer.score(asked)
