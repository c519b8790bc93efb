"""What the monitors that a solution brings itself read last."""

from __future__ import annotations

from dataclasses import dataclass

from perdure.interfaces.views.scope import Scope
from perdure.interfaces.views.states import State
from perdure.platform.monitoring.health import is_its_own
from perdure.platform.monitoring.reading import Severity
from perdure.platform.monitoring.results import newest_look
from perdure.platform.storage.project import Project

STATES: dict[Severity, State] = {
    "ok": State("ok", "as usual"),
    "noted": State("ok", "noted"),
    "watch": State("watch", "watch"),
    "alarm": State("alarm", "alarm"),
}


@dataclass(frozen=True, slots=True)
class OwnReading:
    """One value of one monitor, the limit it is held against, and what it says."""

    monitor: str
    subject: str
    state: State
    value: float | None
    limit: float | None
    text: str


def own_readings(project: Project, scope: Scope) -> tuple[OwnReading, ...]:
    """The newest readings of the solution's own monitors, the worst first."""
    found = newest_look(project, scope.solution.name, scope.case)
    mine = [reading for reading in found[1] if is_its_own(reading)] if found else []
    mine.sort(key=lambda reading: list(STATES).index(reading.severity), reverse=True)
    return tuple(
        OwnReading(r.monitor, r.subject, STATES[r.severity], r.value, r.limit, r.text) for r in mine
    )
