"""A prescription as a request brings it, and which of its entries no list knows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from perdure.solutions.prescription.api.texts import (
    MOST_ENTRIES,
    Answer,
    Asked,
    Code,
    Notes,
    OptionalCode,
    OptionalName,
    OptionalWord,
    Word,
)
from perdure.solutions.prescription.prescription import (
    SECTIONS,
    Entry,
    Patient,
    Prescription,
    Section,
    Sex,
)
from perdure.solutions.prescription.service import Service


class WrittenEntry(Asked):
    """One entry: its code, and what else is known of it."""

    code: Code
    name: OptionalName = ""
    molecule: OptionalCode = ""
    new: bool | None = None

    def entry(self) -> Entry:
        """The entry for the assistant."""
        return Entry(self.code, self.name, self.molecule, self.new)


class WrittenPatient(Asked):
    """Whom it is for: no name and no number of the patient is asked for or taken."""

    age: Annotated[int, Field(strict=True, ge=0, le=120)] | None = None
    sex: Sex = "unknown"
    pregnant: bool | None = None
    allergies: list[Code] = Field(default_factory=list, max_length=MOST_ENTRIES)

    def patient(self) -> Patient:
        """The patient for the assistant."""
        return Patient(self.age, self.sex, self.pregnant, tuple(self.allergies))


class Written(Asked):
    """A prescription as far as it is written; any section may be empty or left out."""

    doctor: Word
    specialty: OptionalWord = ""
    patient: WrittenPatient = Field(default_factory=WrittenPatient)
    entries: dict[Section, Annotated[list[WrittenEntry], Field(max_length=MOST_ENTRIES)]] = Field(
        default_factory=dict
    )
    notes: Notes = ""

    def prescription(self) -> Prescription:
        """The prescription for the assistant.

        >>> Written(doctor="d1", notes="better").prescription().notes
        'better'
        """
        entries = {
            section: tuple(entry.entry() for entry in given)
            for section, given in self.entries.items()
        }
        return Prescription(
            self.doctor, self.specialty, self.patient.patient(), entries, self.notes
        )


class UnknownEntry(Answer):
    """An entry whose code no list has: it was kept, but nothing was learned about it yet."""

    section: Section
    code: str
    name: str = ""


def unknown_entries(service: Service, written: Prescription) -> list[UnknownEntry]:
    """The entries that no list of the service knows, in the order of the prescription."""
    found = []
    for section in SECTIONS:
        entries = written.of(section)
        known = service.codes(section) if entries else ()
        found += [
            UnknownEntry(section=section, code=entry.code, name=entry.name)
            for entry in entries
            if entry.code not in known
        ]
    return found
