"""How likely each entry of a visit is, given what was entered before it; and the drawn entries.

Entries come with rates that add up: a term of rate ``r`` is entered with ``1 - exp(-r)``, whatever
else is. So the best eight pills of a visit, and how often they hold a true entry, are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perdure.solutions.prescription.sample.doctors import Doctors
from perdure.solutions.prescription.sample.practice import AGES, Floats, Ints, Practice

Marks = NDArray[np.bool_]
COMPLAINTS, DIAGNOSES, TESTS, ADVICE, BY_MEDICINE = 1.9, 1.7, 1.0, 1.0, 0.4
"""Entries of each field: a visit's complaints and diagnoses, tests and advice for a diagnosis."""

_UNEXPECTED = 0.02
_GROUPS = np.array([[4, 45], [0, 15], [40, 86], [16, 58]])
"""Youngest and oldest patient of each specialty."""


@dataclass(frozen=True, slots=True)
class People:
    """Who comes, to whom and when (months since the start); one entry a visit in every array."""

    doctor: Ints
    months: Floats
    age: Ints
    female: Marks

    def __len__(self) -> int:
        return len(self.doctor)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Visits: the people, the entries (visits, terms) by field, and how likely each was."""

    people: People
    entered: Mapping[str, Marks]
    chance: Mapping[str, Floats]


def draw_people(rng: np.random.Generator, doctors: Doctors, doctor: Ints, months: Floats) -> People:
    """Patients as the specialties see them."""
    low, high = _GROUPS[doctors.specialty[doctor]].T
    age = low + np.floor(rng.beta(1.6, 1.6, len(doctor)) * (high - low + 1)).astype(np.int64)
    women = doctors.specialty[doctor] == len(_GROUPS) - 1
    return People(doctor, months, age, women | (rng.random(len(doctor)) < 0.5))


def draw_visits(
    rng: np.random.Generator, found: Practice, doctors: Doctors, people: People
) -> Drawn:
    """What is entered, field by field, each after those before it."""
    entered: dict[str, Marks] = {}
    chance: dict[str, Floats] = {}

    def draw(field: str, rate: Floats) -> Marks:
        chance[field] = -np.expm1(-rate)
        entered[field] = rng.random(rate.shape) < chance[field]
        return entered[field]

    expected = _expected(found, doctors, people)
    complaints = draw("complaint", COMPLAINTS * expected @ found.goes_with["complaint"])
    diagnoses = draw("diagnosis", DIAGNOSES * _told(found, expected, complaints))
    molecules = draw("molecule", _medicines(doctors, people, diagnoses))
    _brands(rng, found, doctors, people, entered, chance)
    orders = doctors.orders[people.doctor][:, None]
    own = {name: rates[people.doctor] for name, rates in doctors.besides.items()}
    draw("lab", orders * (TESTS * diagnoses @ found.goes_with["lab"] + own["lab"]))
    advice = ADVICE * diagnoses @ found.goes_with["advice"] + molecules @ _links(found)
    draw("advice", advice + own["advice"])
    return Drawn(people, entered, chance)


def _expected(found: Practice, doctors: Doctors, people: People) -> Floats:
    """Shares of diagnoses (visits, diagnoses) before the patient has said anything."""
    band = np.searchsorted(AGES, people.age, side="right")
    place = doctors.specialty[people.doctor]
    sex = np.where(people.female, 0, 1)
    weight = found.where[place] * found.ages[band] * found.sexes[sex]
    weight = weight * doctors.cases[people.doctor]
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _told(found: Practice, expected: Floats, complaints: Marks) -> Floats:
    """The same once the complaints are known."""
    fits = np.log(found.goes_with["complaint"] + _UNEXPECTED)
    logs = np.log(expected + 1e-12) + complaints @ fits.T
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _medicines(doctors: Doctors, people: People, diagnoses: Marks) -> Floats:
    """Rates of molecules: those of every diagnosis, by the doctor's habit of that month."""
    visit, diagnosis = np.nonzero(diagnoses)
    doctor = people.doctor[visit]
    later = people.months[visit] >= doctors.medicine_month[doctor, diagnosis]
    made = doctors.besides["molecule"][people.doctor]
    np.add.at(made, visit, doctors.medicines[later.astype(np.int64), doctor, diagnosis])
    return made


def _brands(
    rng: np.random.Generator, found: Practice, doctors: Doctors, people: People,
    entered: dict[str, Marks], chance: dict[str, Floats],
) -> None:  # fmt: skip
    """One brand for every molecule, by the doctor's preference of that month."""
    later = people.months[:, None] >= doctors.brand_month[people.doctor]
    shares = np.where(
        later[:, found.molecule], doctors.brands[1, people.doctor], doctors.brands[0, people.doctor]
    )
    shares = shares / found.by_molecule(np.add, shares)
    # Of exponential clocks with these rates the first to ring is drawn: one brand a molecule.
    ring = rng.exponential(size=shares.shape) / np.maximum(shares, 1e-12)
    chosen = ring == found.by_molecule(np.minimum, ring)
    entered["brand"] = chosen & entered["molecule"][:, found.molecule]
    chance["brand"] = chance["molecule"][:, found.molecule] * shares


def _links(found: Practice) -> Floats:
    """Some medicines come with an advice of their own: every fourth, the same in every world."""
    made = np.zeros((found.width("molecule"), found.width("advice")))
    some = np.arange(0, len(made), 4)
    made[some, (some * 7) % made.shape[1]] = BY_MEDICINE
    return made
