"""Who a prescription is for, what stands on it, and what is about to be added."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .names import is_local, molecules_of

FEMALE, MALE = "F", "M"
_LOCAL_FORMS = frozenset({
    "cream", "ointment", "gel", "lotion", "shampoo", "eye drops", "ear drops", "eye/ear drops",
    "nasal drops", "nasal spray",
})  # fmt: skip
_FERTILE = (12, 56)


@dataclass(frozen=True, slots=True)
class Prescribed:
    """A medicine by its molecules; pairs inside one product are never alerted."""

    name: str
    molecules: tuple[str, ...]
    local: bool = False


def prescribed(name: str, molecules: tuple[str, ...] = (), form: str | None = None) -> Prescribed:
    """A medicine by the written name of its molecules, or by those that a formulary told.

    A brand name alone is taken for a molecule of that name, which every check tells as unlisted.

    >>> prescribed("Bactrim", ("sulfamethoxazole", "trimethoprim")).molecules
    ('sulfamethoxazole', 'trimethoprim')
    """
    texts = molecules or (name,)
    found = tuple(dict.fromkeys(m for text in texts for m in molecules_of(text)))
    local = form in _LOCAL_FORMS or any(is_local(text) for text in texts)
    return Prescribed(name, found, local)


Spread = Sequence[tuple[str, Prescribed]]
"""Every molecule of a prescription with the medicine that holds it."""


def spread(medicines: Iterable[Prescribed]) -> Spread:
    """The molecules of medicines, each with its medicine.

    >>> [molecule for molecule, _ in spread([prescribed("Amoxicillin-Clavulanate")])]
    ['amoxicillin', 'clavulanic acid']
    """
    return [(molecule, medicine) for medicine in medicines for molecule in medicine.molecules]


@dataclass(frozen=True, slots=True)
class Patient:
    """What is known of the patient; ``None`` is "not known", which is told, not passed over.

    ``age`` in years, ``sex`` "F" or "M", ``allergies`` as recorded, ``()`` for none.
    """

    age: float | None = None
    sex: str | None = None
    pregnant: bool | None = None
    allergies: tuple[str, ...] | None = None

    @property
    def known_age(self) -> float | None:
        """The age when it can be one.

        >>> Patient(age=41).known_age, Patient(age=-3).known_age
        (41, None)
        """
        age = self.age
        return age if age is not None and math.isfinite(age) and 0 <= age <= 130 else None

    @property
    def may_be_pregnant(self) -> bool:
        """Whether pregnancy was not asked of somebody who may be pregnant."""
        age = self.known_age
        fertile = age is None or _FERTILE[0] <= age < _FERTILE[1]
        return self.pregnant is None and self.sex != MALE and fertile


@dataclass(frozen=True, slots=True)
class Context:
    """A prescription while it is written; ``role`` is who writes it."""

    patient: Patient = Patient()
    entered: tuple[Prescribed, ...] = ()
    role: str | None = None

    def with_medicine(self, medicine: Prescribed) -> Context:
        """The same prescription with one more medicine."""
        return replace(self, entered=(*self.entered, medicine))
