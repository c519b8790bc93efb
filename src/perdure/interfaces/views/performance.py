"""How good the answers of a case were over time, and what acting upon them brought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from perdure.interfaces.views.scope import Scope
from perdure.kernel.evidence import Measured
from perdure.platform.feedback.effects import effects
from perdure.platform.feedback.lift import Lift
from perdure.platform.monitoring.performance import EXPECTED, REALISED, SCORES_OF
from perdure.platform.monitoring.reading import Reading
from perdure.platform.monitoring.results import readings_over_time
from perdure.platform.storage.project import Project

AUC = "auc"


@dataclass(frozen=True, slots=True)
class PerformancePoint:
    """The scores of one date: AUC expected without outcomes, AUC that came true and its interval.

    ``realised`` is None until the outcomes have matured.
    """

    at: datetime
    expected: float | None = None
    realised: float | None = None
    low: float | None = None
    high: float | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Performance:
    """The points by date of the scores, oldest first, and the AUC measured at release."""

    points: tuple[PerformancePoint, ...]
    released: Measured | None


def over_time(project: Project, scope: Scope, released: Iterable[Measured]) -> Performance:
    """What the monitors read of the AUC so far; a date that was read twice counts as read last."""
    points: dict[datetime, PerformancePoint] = {}
    for monitor in (EXPECTED, REALISED):
        found = readings_over_time(project, scope.solution.name, scope.case, monitor, AUC)
        for looked, reading in found:
            at = _scored(reading, looked)
            points[at] = _with(points.get(at, PerformancePoint(at)), reading)
    measured = next((row for row in released if row.metric == AUC), None)
    return Performance(tuple(points[at] for at in sorted(points)), measured)


def lift(project: Project, scope: Scope) -> Lift | None:
    """What acting brought against the hold-out; None while nobody is held out."""
    return effects(project, scope.solution.name, scope.case, at=project.clock.now()).lift


def _scored(reading: Reading, looked: datetime) -> datetime:
    """The date of the scores; older readings only know when they were taken."""
    told = reading.evidence.get(SCORES_OF)
    return datetime.fromisoformat(told) if told else looked


def _with(point: PerformancePoint, reading: Reading) -> PerformancePoint:
    if reading.monitor == EXPECTED:
        return replace(point, expected=reading.value)
    known = reading.evidence
    return replace(
        point,
        realised=reading.value,
        low=known.get("low"),
        high=known.get("high"),
        rows=known.get("rows"),
    )
