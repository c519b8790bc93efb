"""Decisions and what became of them: the records that close the life cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Arm = Literal["treated", "holdout"]
FeedbackKind = Literal["executed", "dismissed", "completed", "expired", "observed"]

DISMISS_REASONS: Mapping[str, str] = {
    "not-relevant": "Not relevant to this person",
    "wrong-time": "Wrong time",
    "already-done": "Already done",
    "no-access": "No access (absent, visits not allowed)",
    "wrong-data": "The data behind it are wrong",
    "relationship": "Would harm the relationship",
    "other": "Other (say what)",
}
"""Reason codes of a dismissal; a dismissal without one is refused."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: the feature, its value, how much it moved the score (log odds), and the sentence."""

    feature: str
    value: float | str | None
    effect: float
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a policy would like to do with one entity, before limits.

    ``score`` is the calibrated probability or expected value that the rank comes from.
    ``alternatives`` maps each other action (always with the null action) to its score.
    ``propensity`` is the chance with which a stochastic policy chose this action (1 when there was
    no chance in it). ``start`` is when to act, for a plan over time (None: from now on).
    """

    entity: str
    action: str
    score: float
    territory: str = ""
    channel: str = ""
    reasons: tuple[Reason, ...] = ()
    alternatives: Mapping[str, float] = field(default_factory=dict)
    propensity: float = 1.0
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, why, under which limits, and with which chance (``propensity``)."""

    id: str
    solution: str
    case: str
    entity: str
    action: str
    score: float
    reasons: tuple[Reason, ...]
    alternatives: Mapping[str, float]
    propensity: float
    arm: Arm
    territory: str
    channel: str
    rank: int
    policy: str
    model: str
    limits: tuple[str, ...]
    data_as_of: datetime
    decided_at: datetime
    valid_from: datetime
    valid_to: datetime
    run: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What happened to a decision, as told by ``actor``; ``key`` makes a repeat harmless."""

    decision: str
    kind: FeedbackKind
    actor: str
    at: datetime
    key: str
    reason: str | None = None
    value: float | None = None
    note: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
