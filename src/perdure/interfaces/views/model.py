"""The page of one model: how good, how calibrated, how far the data moved, card, versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perdure.interfaces.views.scope import Scope
from perdure.interfaces.views.states import State
from perdure.kernel.evidence import Measured, Verdict


@dataclass(frozen=True, slots=True)
class GainRow:
    """One tenth of the ranked list: share of entities, share of positives found, lift."""

    share: float
    found: float
    lift: float


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """One group of like predictions: what was said, what happened, for how many."""

    predicted: float
    observed: float
    n: int


@dataclass(frozen=True, slots=True)
class DriftRow:
    """How far one feature moved, and how far it may (its own usual variation)."""

    feature: str
    meaning: str
    value: float
    limit: float
    state: State


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of the model."""

    version: int
    reference: str
    created_at: datetime
    role: str
    metric: Measured | None
    state: str
    training: str


@dataclass(frozen=True, slots=True)
class CardSection:
    """One section of the model card: title, then (attribute, text) pairs."""

    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One promotion or rollback."""

    at: datetime
    what: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Everything on the page of one model."""

    scope: Scope
    reference: str | None
    version: int | None
    health: tuple[tuple[str, State], ...]
    headline: tuple[Measured, ...]
    compared: tuple[Measured, ...]
    compared_metric: str
    gain: tuple[tuple[str, tuple[GainRow, ...]], ...]
    calibration: tuple[CalibrationRow, ...]
    drift: tuple[DriftRow, ...]
    drift_at: datetime | None
    slices: tuple[Measured, ...]
    verdicts: tuple[Verdict, ...]
    card: tuple[CardSection, ...]
    versions: tuple[VersionRow, ...]
    changes: tuple[Change, ...]
    can_roll_back: bool
    now: datetime
