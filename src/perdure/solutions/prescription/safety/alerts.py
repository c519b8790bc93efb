"""What a check found, what it could not check, and what an organisation silenced."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    """What an alert is about; ``NEVER`` is somebody's own never-list."""

    INTERACTION = "interaction"
    ALLERGY = "allergy"
    PREGNANCY = "pregnancy"
    AGE = "age"
    DUPLICATE = "duplicate"
    NEVER = "never"


CHECKS = (Kind.INTERACTION, Kind.ALLERGY, Kind.PREGNANCY, Kind.AGE, Kind.DUPLICATE)
"""The kinds that need a table."""


class Tier(StrEnum):
    """Whether an alert stops the doctor or stands quietly beside the medicine."""

    INTERRUPT = "interrupt"
    PASSIVE = "passive"


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What a source says; ``id`` names it for overrides, ``date`` is the source's edition.

    Two rules are one only when they are the same object: they are compared while a doctor types.
    """

    id: str
    kind: Kind
    tier: Tier
    text: str
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that applies: to which molecules, how loud, and who says so."""

    kind: Kind
    tier: Tier
    molecules: tuple[str, ...]
    text: str
    source: str
    date: str
    rule: str


@lru_cache(maxsize=65_536)
def alert(rule: Rule, molecules: tuple[str, ...], *, local: bool = False) -> Alert:
    """The alert of a rule; a medicine applied locally never interrupts.

    >>> said = Rule("onc.02", Kind.INTERACTION, Tier.INTERRUPT, "not absorbed", "ONC", "2012")
    >>> alert(said, ("atazanavir", "omeprazole")).text
    'atazanavir, omeprazole: not absorbed'
    """
    tier = Tier.PASSIVE if local else rule.tier
    text = f"{', '.join(molecules)}: {rule.text}{' (applied locally)' if local else ''}"
    return Alert(rule.kind, tier, molecules, text, rule.source, rule.date, rule.id)


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer of a check: no alert means safe only as far as ``not_checked`` is empty.

    ``not_checked`` holds lines "not checked: …"; ``suppressed`` what the organisation silenced;
    ``unlisted`` the molecules that no table names, so that no alert about them could come.
    """

    alerts: tuple[Alert, ...] = ()
    not_checked: tuple[str, ...] = ()
    suppressed: tuple[Alert, ...] = ()
    unlisted: tuple[str, ...] = ()

    @property
    def interrupts(self) -> tuple[Alert, ...]:
        """The alerts that stop the doctor."""
        return tuple(a for a in self.alerts if a.tier is Tier.INTERRUPT)
