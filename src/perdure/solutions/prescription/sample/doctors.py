"""The invented doctors: specialty, how busy they are, and habits, some of which drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from perdure.solutions.prescription.sample.practice import SPECIALTIES, Floats, Ints, Practice

DOCTORS = 40
MEDICINES, FAVOURITE, DRIFTING = 1.7, 5.0, 0.3
"""Medicines for a diagnosis, how much more an own first choice counts, habits that change."""
BESIDES = {"molecule": 0.7, "lab": 0.3, "advice": 0.3}
"""Entries of a visit that no diagnosis asks for: each doctor has some that go with everything."""

_NEVER = 1e9


@dataclass(frozen=True, slots=True)
class Doctors:
    """One entry a doctor in every array.

    ``cases`` (doctors, diagnoses) are the patients that the doctor attracts, ``orders`` how many
    tests the doctor orders, ``besides`` (doctors, items) the rates of what goes with everything,
    by field. Rates of medicines ``medicines`` (2, doctors, diagnoses, molecules)
    and the choice of brands ``brands`` (2, doctors, brands) are those before and after the month
    ``medicine_month`` (doctors, diagnoses) and ``brand_month`` (doctors, molecules).
    """

    specialty: Ints
    busy: Floats
    cases: Floats
    orders: Floats
    besides: Mapping[str, Floats]
    medicines: Floats
    medicine_month: Floats
    brands: Floats
    brand_month: Floats

    def __len__(self) -> int:
        return len(self.specialty)


def draw_doctors(rng: np.random.Generator, found: Practice, months: int) -> Doctors:
    """Doctors with habits; the same generator gives the same doctors."""
    n, diagnoses, molecules = DOCTORS, found.width("diagnosis"), found.width("molecule")
    taste = np.exp(rng.normal(0, 0.7, (n, 1, molecules)))
    return Doctors(
        specialty=np.arange(n) % len(SPECIALTIES),
        busy=rng.dirichlet(np.full(n, 3.0)),
        cases=np.exp(rng.normal(0, 0.5, (n, diagnoses))),
        orders=np.exp(rng.normal(-0.2, 0.4, n)),
        besides={name: _besides(rng, found.width(name), rate) for name, rate in BESIDES.items()},
        medicines=np.stack([_medicines(rng, found, taste) for _ in range(2)]),
        medicine_month=_months(rng, (n, diagnoses), months),
        brands=np.stack([_brands(rng, found) for _ in range(2)]),
        brand_month=_months(rng, (n, molecules), months),
    )


def _besides(rng: np.random.Generator, width: int, rate: float) -> Floats:
    """Rates that are spread over a doctor's own few items."""
    weight = rng.gamma(0.15, size=(DOCTORS, width)) + 1e-4
    return np.asarray(rate * weight / weight.sum(axis=1, keepdims=True))


def _months(rng: np.random.Generator, shape: tuple[int, int], months: int) -> Floats:
    """The month in which a habit changes; for most it never comes."""
    month = rng.uniform(0, months, shape)
    return np.where(rng.random(shape) < DRIFTING, month, _NEVER)


def _medicines(rng: np.random.Generator, found: Practice, taste: Floats) -> Floats:
    """Rates: what is usual, times the doctor's taste, times an own first choice."""
    usual = found.goes_with["molecule"][None]
    first = np.argmax((usual > 0) * rng.random((DOCTORS, *usual.shape[1:])), axis=2)
    chosen = np.arange(usual.shape[2]) == first[:, :, None]
    weight = usual * taste * np.where(chosen, FAVOURITE, 1.0)
    return np.asarray(MEDICINES * weight / np.maximum(weight.sum(axis=2, keepdims=True), 1e-9))


def _brands(rng: np.random.Generator, found: Practice) -> Floats:
    """Shares of brands within each molecule: most doctors are loyal to one of them."""
    weight = rng.gamma(0.3, size=(DOCTORS, found.width("brand"))) + 1e-3
    return weight / found.by_molecule(np.add, weight)
