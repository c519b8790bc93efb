"""Prescriptions that were saved, and one of them as it is printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perdure.platform.storage.journal import Entry as Kept
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.memory import SAVED, from_body, saved_id
from perdure.solutions.prescription.pad.sections import TITLED
from perdure.solutions.prescription.pad.writing import SOLUTION
from perdure.solutions.prescription.prescription import Entry, Patient, Prescription

MOST = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One saved prescription in the list: its id, when, whose, and how much is in it."""

    id: str
    at: datetime
    doctor: str
    specialty: str
    entries: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A prescription as it is printed: the filled sections, and the names of the empty ones."""

    id: str
    at: datetime
    doctor: str
    specialty: str
    patient: tuple[tuple[str, str], ...]
    sections: tuple[tuple[str, tuple[Entry, ...]], ...]
    empty: tuple[str, ...]
    notes: str


def print_view(project: Project, case: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The prescription that ``id`` names, or the latest ones to choose from."""
    wanted = query.get("id", "")[:40]
    with Journal(project, SOLUTION, case) as journal:
        kept = _named(journal, wanted)
        lines = [] if kept else [_line(entry) for entry in journal.newest(SAVED, most=MOST)]
    sheet = _sheet(kept) if kept else None
    return {"sheet": sheet, "lines": lines, "wanted": wanted, "most": MOST}


def _named(journal: Journal, wanted: str) -> Kept | None:
    """The saved prescription of that id; None when there is none."""
    number = wanted.removeprefix("rx-")
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 2**62):
        return None
    found = next(journal.read(SAVED, since_sequence=int(number) - 1, limit=1), None)
    return found if found and saved_id(found) == wanted else None


def _line(kept: Kept) -> Line:
    written = from_body(kept.body)
    count = sum(len(entries) for entries in written.entries.values())
    return Line(saved_id(kept), kept.at, written.doctor, written.specialty, count)


def _sheet(kept: Kept) -> Sheet:
    written = from_body(kept.body)
    return Sheet(
        saved_id(kept),
        kept.at,
        written.doctor,
        written.specialty,
        _patient(written.patient),
        tuple((s.title, written.of(s.name)) for s in TITLED if written.of(s.name)),
        _empty(written),
        written.notes,
    )


def _empty(written: Prescription) -> tuple[str, ...]:
    return tuple(s.title for s in TITLED if not written.of(s.name))


def _patient(patient: Patient) -> tuple[tuple[str, str], ...]:
    """What is known of the patient, in words; what is not known is left out.

    >>> _patient(Patient(34, "female", True, ("penicillin",)))
    (('Age', '34'), ('Sex', 'female'), ('Pregnant', 'yes'), ('Allergies', 'penicillin'))
    >>> _patient(Patient())
    ()
    """
    told = [
        ("Age", "" if patient.age is None else str(patient.age)),
        ("Sex", "" if patient.sex == "unknown" else patient.sex),
        ("Pregnant", "" if patient.pregnant is None else "yes" if patient.pregnant else "no"),
        ("Allergies", ", ".join(patient.allergies)),
    ]
    return tuple((name, text) for name, text in told if text)
