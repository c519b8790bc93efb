"""The engine as the platform's predictor: prescriptions in JSON in, probabilities of pills out."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from perdure.kernel.errors import ContractError
from perdure.methods.recommend.membership import Membership
from perdure.platform.training.context import Floats
from perdure.solutions.prescription.engine.desk import Desk
from perdure.solutions.prescription.engine.fields import PILLS, SERVED
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.frames import SEX_NAMES
from perdure.solutions.prescription.prescription import (
    SECTIONS,
    Entry,
    Patient,
    Prescription,
)

if TYPE_CHECKING:
    from perdure.solutions.prescription.training.material import Material

INPUT, MONTHS = "prescription", "months"
_SMOKE = 16


class SuggestionPredictor:
    """Answers rows of the columns ``prescription`` (JSON) and ``months``, without any history."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @cached_property
    def _desk(self) -> Desk:
        """Made for the first row: whoever only wants the engine makes a desk of its own."""
        return Desk(self.engine)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that a table must have."""
        return (INPUT, MONTHS)

    def predict(self, table: pa.Table) -> Floats:
        """Probabilities (n, fields x 8) of the pills, best first; 0 where there are fewer."""
        rows = zip(table[INPUT].to_pylist(), table[MONTHS].to_pylist(), strict=True)
        return np.array([self._one(read(text), months) for text, months in rows])

    def _one(self, written: Prescription, months: float) -> np.ndarray:
        found = np.zeros((len(SERVED), PILLS))
        for at, picked in enumerate(self._desk.pick(written, months, PILLS).values()):
            found[at, : len(picked.raw)] = 1 / (1 + np.exp(-picked.raw))
        return found.ravel()


def read(text: str | None) -> Prescription:
    """The prescription that a JSON text holds; an empty text is an empty prescription."""
    try:
        told: dict[str, Any] = json.loads(text or "{}")
    except ValueError as error:
        raise ContractError("a prescription is no JSON object") from error
    patient = told.get("patient") or {}
    return Prescription(
        str(told.get("doctor", "")), str(told.get("specialty", "")),
        Patient(patient.get("age"), patient.get("sex", "unknown")),
        {section: tuple(Entry(**entry) for entry in told.get(section) or ())
         for section in SECTIONS},
        str(told.get("notes", "")),
    )  # fmt: skip


def smoke_rows(found: Material) -> pa.Table:
    """The latest visits as they look when only complaint and diagnosis are written."""
    first = max(len(found.visits) - _SMOKE, 0)
    texts, months = [], []
    for row in range(first, len(found.visits)):
        texts.append(json.dumps(_told(found, row)))
        months.append(found.months(row))
    return pa.table({INPUT: texts, MONTHS: months})


def _told(found: Material, row: int) -> dict[str, Any]:
    visits, terms = found.visits, found.terms
    place, age = int(visits.specialty[row]), int(visits.age[row])
    sex = SEX_NAMES.get(int(visits.sex[row]), "unknown")
    return {
        "doctor": "",
        "specialty": terms.specialties[place] if place >= 0 else "",
        "patient": {"age": None if age < 0 else age, "sex": sex},
        **{name: [{"code": terms.terms[name][i]} for i in _items(visits.sets[name], row)]
           for name in ("complaint", "diagnosis")},
    }  # fmt: skip


def _items(sets: Membership, row: int) -> list[int]:
    found: list[int] = sets.indices[sets.indptr[row] : sets.indptr[row + 1]].tolist()
    return found
