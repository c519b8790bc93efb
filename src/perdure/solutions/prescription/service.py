"""What the prescription assistant does for its interfaces, and the records it answers with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from perdure.solutions.prescription.prescription import Entry, Prescription, Section, Suggestions

Entries = Mapping[Section, tuple[Entry, ...]]
"""Entries by section, of no patient."""

Outcome = Literal["accepted", "ignored", "replaced"]
"""What a doctor did with a pill."""

ALERT = "alert"
"""The field of feedback about a warning."""

HabitWord = Literal["always", "sometimes", "never"]
"""What a doctor says of a molecule (and perhaps a diagnosis)."""

Role = Literal["doctor", "pharmacist", "nurse"]
"""Who is at work; the settings say which of them an alert interrupts."""

Tier = Literal["interrupt", "passive"]
"""Whether an alert stops the doctor once, or only stands beside the entry."""


def field_of(made: Suggestions, section: Section) -> str:
    """The field of an answer that holds the pills of a section: of a medicine, its brands.

    >>> field_of(Suggestions({"brand": ()}, "m", 0.0), "medicine")
    'brand'
    """
    return "brand" if section == "medicine" and "brand" in made.fields else section


@dataclass(frozen=True, slots=True)
class Saved:
    """A prescription that is on disk: its id, when, and whether the same key came before."""

    id: str
    at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of a search: where it belongs, what it is, and the name by which it was found."""

    section: Section
    code: str
    name: str
    matched: str
    molecule: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One warning: what kind, how loud, about which molecules, who says so and since when.

    ``rule`` is the id of the rule within ``source``; ``dated`` the day of that source as text.
    """

    kind: str
    tier: Tier
    molecules: tuple[str, ...]
    text: str
    source: str
    dated: str
    rule: str


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A warning that the organisation silenced, and its reason."""

    alert: Alert
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The warnings, in words what could not be checked, and what the organisation silenced.

    Silence is no all-clear: what is not warned of on purpose is told as well.
    """

    alerts: tuple[Alert, ...] = ()
    not_checked: tuple[str, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()


class Service(Protocol):
    """The assistant as its interfaces see it. Every method may be called from several threads.

    A ``key`` makes a call repeatable: the second call with the same key changes nothing.
    """

    def codes(self, section: Section) -> Collection[str]:
        """The codes that the list of a section has; any other code is kept and shown as unknown.

        Membership is asked at every suggestion, so it must be quick; all codes are gone through
        only when a CDS client says which suggestion was taken.
        """
        ...

    def suggest(self, written: Prescription, *, pills: int | None = None) -> Suggestions:
        """Pills for every field, given what is written; None: as many as the settings say."""
        ...

    def check(self, written: Prescription, adding: str = "", role: Role = "doctor") -> Checked:
        """Warnings about what is written; with ``adding`` about that molecule alone."""
        ...

    def warned(self, cards: Mapping[str, Collection[str]], *, doctor: str) -> None:
        """Keep the rules that cards of warnings told, by the id of the card."""
        ...

    def shown(self, shown_id: str) -> Mapping[str, Collection[str]] | None:
        """What was shown under an id, by field: codes of pills, or rules as field "alert".

        None when nothing was shown here under that id.
        """
        ...

    def save(self, written: Prescription, *, key: str, actor: str) -> Saved:
        """Keep a prescription, and learn from it."""
        ...

    def take(
        self,
        suggestions_id: str,
        outcome: Outcome,
        field: str,
        code: str,
        *,
        by: str,
        key: str,
        instead: str = "",
        note: str = "",
    ) -> bool:
        """What was done with one pill; True when that was news."""
        ...

    def say(
        self, doctor: str, molecule: str, word: HabitWord, *, diagnosis: str = "", key: str
    ) -> bool:
        """What a doctor says of a molecule; True when that was news."""
        ...

    def search(
        self, text: str, section: Section, *, doctor: str = "", limit: int = 10
    ) -> list[Found]:
        """The best entries of a section for what was typed so far."""
        ...

    def add_term(self, section: Section, name: str, *, by: str, key: str) -> Entry:
        """A term that no list had: findable at once, until a curator merges it."""
        ...

    def templates(self, doctor: str) -> Mapping[str, Entries]:
        """The named sets of entries that a doctor keeps."""
        ...

    def keep_template(self, doctor: str, name: str, entries: Entries, *, key: str) -> bool:
        """Keep a set of entries under a name, or forget it when empty; True when that was news."""
        ...

    def alias(self, section: Section, code: str, alias_of: str, *, by: str, key: str) -> None:
        """A curator's word that a term means another one."""
        ...
