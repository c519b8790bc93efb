"""One prescription as numbers, as the engine takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from perdure.methods.recommend.membership import Membership
from perdure.solutions.prescription.engine.encoding import stems_of
from perdure.solutions.prescription.engine.frames import SEXES
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary
from perdure.solutions.prescription.prescription import Prescription

_NOTES = 4_000
"""Letters of the notes that are read: a novel says no more about the next entry."""


def one_visit(written: Prescription, terms: Vocabulary, months: float, order: int) -> Visits:
    """The prescription as a table of one visit; what the engine does not know is left out."""
    patient = written.patient
    medicines = written.of("medicine")
    molecules = [entry.molecule or terms.molecule_of.get(entry.code, "") for entry in medicines]
    fresh = [m for m, entry in zip(molecules, medicines, strict=True) if entry.new]
    codes: Mapping[str, Iterable[str]] = {
        "complaint": [entry.code for entry in written.of("complaint")],
        "diagnosis": [entry.code for entry in written.of("diagnosis")],
        "brand": [entry.code for entry in medicines],
        "molecule": molecules,
        "molecule-new": fresh,
        "lab": [entry.code for entry in written.of("lab")],
        "advice": [entry.code for entry in written.of("advice")],
    }
    sets = {
        name: _one(found, terms.number[name], terms.width(name)) for name, found in codes.items()
    }
    words = stems_of(written.notes[:_NOTES]) if written.notes else []
    return Visits(
        _number(0), _number(terms.specialty_number.get(written.specialty, -1)),
        _number(-1 if patient.age is None else patient.age), _number(SEXES.get(patient.sex, -1)),
        np.array([months], dtype=np.float32), _number(order), sets,
        _one(words, terms.word_number, len(terms.words)),
    )  # fmt: skip


def joined(visits: Iterable[Visits]) -> Visits:
    """Several tables of visits as one, in order."""
    parts = list(visits)
    first = parts[0]
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("doctor", "specialty", "age", "sex", "months", "order")
    }
    sets = {name: _stacked([part.sets[name] for part in parts]) for name in first.sets}
    return Visits(**arrays, sets=sets, words=_stacked([part.words for part in parts]))


def _one(codes: Iterable[str], number: Mapping[str, int], width: int) -> Membership:
    known = sorted({number[code] for code in codes if code in number})
    return Membership(
        np.array([0, len(known)], dtype=np.int64), np.array(known, dtype=np.int64), width
    )


def _stacked(parts: list[Membership]) -> Membership:
    sizes = np.concatenate([part.sizes for part in parts])
    return Membership(
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([part.indices for part in parts]), parts[0].width,
    )  # fmt: skip


def _number(value: int) -> np.ndarray:
    return np.array([value], dtype=np.int64)
