"""POST /prescriptions: a prescription is kept, once, however often the client has to repeat it."""

from __future__ import annotations

from datetime import datetime

from perdure.kernel.errors import UsageError
from perdure.solutions.prescription.api.texts import Answer, Asked, Word
from perdure.solutions.prescription.api.written import UnknownEntry, Written, unknown_entries
from perdure.solutions.prescription.prescription import Prescription
from perdure.solutions.prescription.service import Service


class SaveRequest(Asked):
    """The prescription, who saves it, and the key that makes the call repeatable."""

    written: Written
    key: Word
    actor: Word


class SaveAnswer(Answer):
    """It is on disk; ``repeated`` says that the same key had come before."""

    id: str
    at: datetime
    repeated: bool
    completeness: float
    unknown: list[UnknownEntry]


def save(service: Service, asked: SaveRequest) -> SaveAnswer:
    """Keep a prescription, and learn from it. Raises UsageError when nothing is written in it."""
    written = something(asked.written.prescription())
    saved = service.save(written, key=asked.key, actor=asked.actor)
    return SaveAnswer(
        id=saved.id,
        at=saved.at,
        repeated=saved.repeated,
        completeness=written.completeness,
        unknown=unknown_entries(service, written),
    )


def something(written: Prescription) -> Prescription:
    """The prescription, when anything is written in it.

    Raises UsageError otherwise: there would be nothing to keep, and nothing to learn from.
    """
    if written.completeness == 0 and not written.notes.strip():
        raise UsageError("the prescription is empty", expected="an entry in a section, or notes")
    return written
