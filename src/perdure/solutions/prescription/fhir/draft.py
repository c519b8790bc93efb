"""A prescription while it is being read from resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from perdure.solutions.prescription.fhir.bundle import Bundled
from perdure.solutions.prescription.fhir.concepts import Known
from perdure.solutions.prescription.fhir.outcome import OutcomeError
from perdure.solutions.prescription.fhir.values import Resource
from perdure.solutions.prescription.prescription import SECTIONS, Entry, Section

MOST_ENTRIES = 200

Reader = Callable[["Draft", Resource], str]
"""Reads one resource; answers why it was left out, or an empty text when it was used."""


@dataclass(slots=True)
class Draft:
    """What was read so far: entries without repeats, facts of the patient, notes."""

    bundled: Bundled
    known: Known
    at: date
    entries: dict[Section, dict[str, Entry]] = field(
        default_factory=lambda: {section: {} for section in SECTIONS}
    )
    allergies: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    pregnant: tuple[str, bool] | None = None
    age: int | None = None
    used: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, section: Section, entry: Entry | None) -> str:
        """Keep an entry unless it is there already.

        Raises OutcomeError (400) beyond 200 entries in a section.
        """
        if entry is None:
            return "no code and no words"
        entries = self.entries[section]
        entries.setdefault(entry.code, entry)
        if len(entries) > MOST_ENTRIES:
            what = f"more than {MOST_ENTRIES} entries in the section {section}"
            raise OutcomeError(400, "too-costly", what, at="Bundle.entry")
        return ""

    def say_pregnant(self, when: str, value: bool) -> None:
        """Keep what was said last about a pregnancy."""
        if self.pregnant is None or when >= self.pregnant[0]:
            self.pregnant = (when, value)
