"""A prescription as far as it is written, and the suggestions for it in the same structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Section = Literal["complaint", "diagnosis", "medicine", "lab", "advice"]
SECTIONS: tuple[Section, ...] = ("complaint", "diagnosis", "medicine", "lab", "advice")
"""The coded sections of a prescription; free notes are the sixth."""

NO_ALLERGY = "no known allergies"
"""What stands among the allergies when somebody asked and there are none."""

Sex = Literal["female", "male", "unknown"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its code, its name, and for a medicine the molecule and the reading of its text.

    ``code`` is that of the section's list (ICD-10-CM for a diagnosis, the brand for a medicine).
    A term that is not in any list is its own code.
    """

    code: str
    name: str = ""
    molecule: str = ""
    new: bool | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """Who it is for, as far as it matters here; no name, no number.

    Nothing among ``allergies`` means that nobody asked; see :data:`NO_ALLERGY`.
    """

    age: int | None = None
    sex: Sex = "unknown"
    pregnant: bool | None = None
    allergies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prescription:
    """What is entered so far; any section may be empty."""

    doctor: str
    specialty: str = ""
    patient: Patient = field(default_factory=Patient)
    entries: Mapping[Section, tuple[Entry, ...]] = field(default_factory=dict)
    notes: str = ""

    def of(self, section: Section) -> tuple[Entry, ...]:
        """The entries of one section.

        >>> Prescription("d1").of("lab")
        ()
        """
        return self.entries.get(section, ())

    @property
    def completeness(self) -> float:
        """The share of the five coded sections in which something is entered.

        >>> Prescription("d1", entries={"lab": (Entry("cbc"),)}).completeness
        0.2
        """
        return sum(bool(self.of(section)) for section in SECTIONS) / len(SECTIONS)


@dataclass(frozen=True, slots=True)
class Because:
    """One part of a score: its kind, the words, and what it adds (log odds)."""

    kind: str
    text: str
    effect: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One pill: what, how probable, and why.

    ``base`` and the effects of ``parts`` add up to ``score`` (log odds); ``probability`` is that
    of the score. ``greyed`` says why the item is shown but not offered (never used, or
    contra-indicated); empty otherwise.
    """

    code: str
    name: str
    probability: float
    score: float
    base: float
    parts: tuple[Because, ...]
    molecule: str = ""
    greyed: str = ""
    molecule_name: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Pills for every field, most probable first, and by which model they were made."""

    fields: Mapping[str, tuple[Suggestion, ...]]
    model: str
    completeness: float
    id: str = ""
