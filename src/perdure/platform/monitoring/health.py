"""The one word about a case: the worst of serving, freshness, drift and performance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from perdure.platform.monitoring.alarms import Alarm, standing_alarms
from perdure.platform.monitoring.deliveries import FRESHNESS, VOLUME
from perdure.platform.monitoring.features import DRIFT, MISSING, NEW
from perdure.platform.monitoring.performance import CALIBRATION, EXPECTED, PREDICTIONS, REALISED
from perdure.platform.monitoring.reading import Reading, Severity, calm, worst
from perdure.platform.monitoring.results import newest_look
from perdure.platform.monitoring.slices import SLICE_CALIBRATION, SLICE_DRIFT
from perdure.platform.registry.registry import Registry, model_name
from perdure.platform.storage.project import Project

Word = Literal["none", "ok", "watch", "alarm"]

PARTS: Mapping[str, tuple[str, ...]] = {
    "freshness": (FRESHNESS, VOLUME),
    "drift": (DRIFT, MISSING, NEW, PREDICTIONS, SLICE_DRIFT),
    "performance": (EXPECTED, CALIBRATION, SLICE_CALIBRATION, REALISED),
}


ITS_OWN = "its own"
"""The part of the monitors that a solution brings; only there when it has any."""


@dataclass(frozen=True, slots=True)
class Part:
    """One side of the health of a case, and why."""

    word: Word
    text: str


@dataclass(frozen=True, slots=True)
class Health:
    """How a case is: ``none`` while it has no model in service.

    ``looked_at`` is the moment as of which the monitors looked last (None: never).
    """

    word: Word
    parts: Mapping[str, Part]
    model: str
    looked_at: datetime | None
    alarms: Sequence[Alarm]


def health(project: Project, solution: str, case: str) -> Health:
    """The health of a case, from its champion, its last readings and its standing alarms."""
    champion = Registry(project).champion(model_name(solution, case))
    found = newest_look(project, solution, case)
    look, readings = found or (None, [])
    alarms = standing_alarms(project, solution, case)
    parts = {"serving": _serving(champion.reference if champion else "")}
    parts |= {name: _part(readings, monitors) for name, monitors in PARTS.items()}
    own = tuple({reading.monitor for reading in readings if is_its_own(reading)})
    parts |= {ITS_OWN: _part(readings, own)} if own else {}
    words: list[Severity] = [part.word for part in parts.values() if part.word != "none"]
    return Health(
        word=calm(worst(words)) if champion else "none",
        parts=parts,
        model=champion.reference if champion else "",
        looked_at=look.at if look else None,
        alarms=alarms,
    )


def is_its_own(reading: Reading) -> bool:
    """Whether a monitor of the solution read it, none of the platform's.

    >>> is_its_own(Reading("overrides", "all", "ok", "3 of 80")), is_its_own(
    ...     Reading(FRESHNESS, "claims", "ok", "of yesterday"))
    (True, False)
    """
    return all(reading.monitor not in monitors for monitors in PARTS.values())


def _serving(reference: str) -> Part:
    if not reference:
        return Part("none", "no model in service")
    return Part("ok", f"{reference} in service")


def _part(readings: Sequence[Reading], monitors: tuple[str, ...]) -> Part:
    """The worst of some monitors, named by the readings that are that bad."""
    mine = [reading for reading in readings if reading.monitor in monitors]
    if not mine:
        return Part("none", "not looked at yet")
    word = calm(worst(reading.severity for reading in mine))
    if word == "ok":
        noted = sum(reading.severity == "noted" for reading in mine)
        more = f", {noted} noted" if noted else ""
        return Part("ok", f"{len(mine) - noted} readings as usual{more}")
    bad = [reading for reading in mine if reading.severity == word]
    more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
    return Part(word, f"{bad[0].monitor} of {bad[0].subject}: {bad[0].text}{more}")
