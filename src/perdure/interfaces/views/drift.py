"""How far the features of a case moved since its model was made, as the monitors read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perdure.interfaces.views.scope import Scope
from perdure.interfaces.views.states import State
from perdure.platform.storage.project import Project


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
    return Moved(None, ())
