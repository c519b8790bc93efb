"""What the movement of a column is held against, and what it means for the model.

A reference of one period says how much rows differ from each other, and nothing about how far a
level that all share (prices, the size of a group) moves from one period to the next. So one
period judges the movement net of the level, more widely, and the level by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from perdure.platform.monitoring.reading import Severity, judged, worst
from perdure.platform.monitoring.tally import Tally

PSI_WATCH, PSI_ALARM = 0.1, 0.25
PSI_WATCH_ONE, PSI_ALARM_ONE = 0.25, 1.0
"""For one period. PSI is about the square of the shift in standard deviations: a half, and one."""

LEVEL_WATCH, LEVEL_ALARM = 1.5, 3.0
"""How many times larger or smaller a level may be: mixed-up units are 7, 10, 100 or 1,000 times."""

NEGLIGIBLE = 0.1
"""The inputs that weigh least and together make up this part of all effects are negligible."""

SEVERAL = 2
"""How many periods a reference has that does not say: models made before it was written down."""

ONE_PERIOD = "one reference period: its own variation from period to period is not known yet"
NO_WEIGHT = "moved, but weighs next to nothing in the score"


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement in PSI: as it is, net of the common level, and what is usual or chance anyway."""

    value: float
    net: float
    floor: float


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What the reference knows: what its chunks are, how many periods, and what inputs weigh.

    ``weights`` holds each input's part of all effects; empty where the model does not say.
    """

    chunks: str
    periods: int = SEVERAL
    weights: Mapping[str, float] = field(default_factory=dict)
    negligible: frozenset[str] = frozenset()

    @classmethod
    def of(cls, profiles: Mapping[str, Any], chunks: str) -> Self:
        """The yardstick of profiles as they are stored with the model."""
        weights = _shares(profiles.get("effects") or {})
        periods = int(profiles.get("periods", SEVERAL))
        return cls(str(profiles.get("chunks", chunks)), periods, weights, _least(weights))

    def limits(self, kind: str, floor: float = 0.0) -> tuple[float, float]:
        """From which PSI on to watch and to alarm; never below what is usual anyway."""
        wide = self.periods < SEVERAL and kind == "number"
        least = (PSI_WATCH_ONE, PSI_ALARM_ONE) if wide else (PSI_WATCH, PSI_ALARM)
        return max(least[0], floor), max(least[1], floor)

    def judge(self, subject: str, found: Tally, moved: Moved) -> tuple[Severity, str]:
        """How bad a movement is; where that is not what several periods would say, why."""
        usual = judged(moved.value, *(max(least, moved.floor) for least in (PSI_WATCH, PSI_ALARM)))
        if found.profile.kind == "label" or usual == "ok":
            return usual, ""
        level = _apart(found.level())
        if usual == "alarm" and level > LEVEL_ALARM:
            return "alarm", f"its level is {level:.3g} times apart: other units?"
        if self._weightless(subject):
            return "noted", NO_WEIGHT
        if self.periods >= SEVERAL:
            return usual, ""
        net = judged(moved.net, *self.limits(found.profile.kind, moved.floor))
        severity = worst(["noted", net, judged(level, LEVEL_WATCH, math.inf)])
        return severity, f"without its level ({found.level() or 1:.3g} times); {ONE_PERIOD}"

    def told(self, subject: str, found: Tally, moved: Moved) -> dict[str, Any]:
        """The part of the evidence that says what was known and what was taken into account."""
        return {
            "periods": self.periods,
            "known": ONE_PERIOD if self.periods < SEVERAL else f"{self.periods} reference periods",
            "net_of_level": moved.net,
            "level": found.level(),
            "weight": self.weights.get(subject),
        }

    def shown(self, found: Tally, moved: Moved, severity: Severity) -> float:
        """The movement that was held against the limit: of one period the one net of the level."""
        whole = self.periods >= SEVERAL or found.profile.kind == "label" or severity == "alarm"
        return moved.value if whole else moved.net

    def _weightless(self, subject: str) -> bool:
        """Whether a number weighs next to nothing; labels place people, and always count."""
        return bool(self.weights) and (subject in self.negligible or subject not in self.weights)


def _apart(level: float | None) -> float:
    """How many times larger or smaller; 1 where no level is known."""
    return max(level, 1 / level) if level else 1.0


def _shares(effects: Mapping[str, float]) -> dict[str, float]:
    total = sum(effects.values())
    return {name: effect / total for name, effect in effects.items()} if total > 0 else {}


def _least(weights: Mapping[str, float]) -> frozenset[str]:
    """The inputs that weigh least, as many as together stay within ``NEGLIGIBLE``.

    >>> sorted(_least({"a": 0.6, "b": 0.33, "c": 0.05, "d": 0.02}))
    ['c', 'd']
    """
    found, total = set(), 0.0
    for name, weight in sorted(weights.items(), key=lambda pair: pair[1]):
        total += weight
        if total > NEGLIGIBLE:
            break
        found.add(name)
    return frozenset(found)
