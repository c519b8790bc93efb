"""What happened to one entity over time, in the form that every console page can draw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers over time, e.g. claims of a product by month."""

    name: str
    unit: str
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment: a visit, an e-mail, a decision."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Series and events of one entity up to a moment, plus its plain facts."""

    facts: tuple[tuple[str, str], ...]
    series: tuple[Series, ...]
    events: tuple[Event, ...]
