"""How far the features of a case moved since its model was made, as the monitors read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perdure.interfaces.views.scope import Scope
from perdure.interfaces.views.states import State
from perdure.kernel.features import FeatureSet
from perdure.platform.monitoring.features import DRIFT
from perdure.platform.monitoring.reading import Severity
from perdure.platform.monitoring.results import newest_look
from perdure.platform.storage.project import Project

STATES: dict[Severity, State] = {
    "ok": State("ok", "steady"),
    "noted": State("ok", "noted"),
    "watch": State("watch", "moving"),
    "alarm": State("alarm", "moved"),
}


@dataclass(frozen=True, slots=True)
class DriftRow:
    """How far one feature moved, and how far it may (its own usual variation)."""

    feature: str
    meaning: str
    value: float
    limit: float
    state: State


@dataclass(frozen=True, slots=True)
class Moved:
    """The readings of one moment."""

    at: datetime | None
    rows: tuple[DriftRow, ...]


def moved(project: Project, scope: Scope) -> Moved:
    """The newest readings; none when no monitor ran yet."""
    found = newest_look(project, scope.solution.name, scope.case)
    if found is None:
        return Moved(None, ())
    look, readings = found
    meanings = _meanings(project, scope)
    rows = (
        DriftRow(
            feature=reading.subject,
            meaning=meanings.get(reading.subject, ""),
            value=reading.value,
            limit=reading.limit or 0.0,
            state=STATES[reading.severity],
        )
        for reading in readings
        if reading.monitor == DRIFT and reading.value is not None
    )
    return Moved(look.at, tuple(rows))


def _meanings(project: Project, scope: Scope) -> dict[str, str]:
    if not scope.solution.features:
        return {}
    made: FeatureSet = scope.solution.code("features")(project.settings(scope.solution), scope.case)
    return made.meanings()
