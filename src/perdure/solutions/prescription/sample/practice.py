"""What goes with what in the sample: terms by field, and weights from one field to the next."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from perdure.solutions.prescription.medicines.formulary import bundled_formulary

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPECIALTIES = {
    "g": "general practice", "p": "paediatrics", "c": "cardiology", "w": "gynaecology",
}  # fmt: skip
BANDS = "iymo"
AGES = (12, 30, 65)
"""Letters of the age groups, and the first year of each but the first."""

SEXES = "fm"
MOST_BRANDS = 4
_ELSEWHERE, _OTHER_AGE, _OTHER_SEX = 0.02, 0.03, 0.1
_FIELDS = {"complaint": "complaints", "molecule": "molecules", "lab": "labs", "advice": "advice"}


@dataclass(frozen=True, slots=True)
class Practice:
    """Codes by field, their names, and weights by diagnosis.

    ``goes_with`` holds (diagnoses, items) shares of each field, ``molecule`` the molecule of each
    brand; ``where``, ``ages`` and ``sexes`` how common a diagnosis is, (groups, diagnoses).
    """

    codes: Mapping[str, tuple[str, ...]]
    names: Mapping[tuple[str, str], str]
    also: Mapping[tuple[str, str], str]
    goes_with: Mapping[str, Floats]
    molecule: Ints
    where: Floats
    ages: Floats
    sexes: Floats

    def by_molecule(self, how: np.ufunc, values: Floats) -> Floats:
        """``values`` (n, brands) brought together for each molecule, given to all of its brands."""
        # Brands stand molecule by molecule, each molecule with one at least.
        first = np.searchsorted(self.molecule, np.arange(self.width("molecule")))
        return np.asarray(how.reduceat(values, first, axis=1)[:, self.molecule])

    def width(self, field: str) -> int:
        """How many terms a field has."""
        return len(self.codes[field])


@lru_cache(maxsize=1)
def practice() -> Practice:
    """The practice that the package describes.

    >>> found = practice()
    >>> found.width("diagnosis"), found.names["diagnosis", "I10"]
    (60, 'Essential (primary) hypertension')
    """
    rows, told = _rows("diagnoses.csv"), _rows("names.csv")
    codes = {field: _codes(rows, column) for field, column in _FIELDS.items()}
    codes["diagnosis"] = tuple(row["code"] for row in rows)
    brands, molecule = _brands(codes["molecule"])
    codes["brand"] = brands
    names = {(field, code): _plain(code) for field, found in codes.items() for code in found}
    names |= {(row["field"], row["code"]): row["name"] for row in told}
    names |= {("diagnosis", row["code"]): row["name"] for row in rows}
    names |= {(field, code): code for field in ("brand", "molecule") for code in codes[field]}
    return Practice(
        codes, names, {(row["field"], row["code"]): row["also"] for row in told},
        {field: _shares(rows, column, codes[field]) for field, column in _FIELDS.items()},
        molecule,
        _common(rows, "where", "".join(SPECIALTIES), _ELSEWHERE),
        _common(rows, "ages", BANDS, _OTHER_AGE),
        _common(rows, "sex", SEXES, _OTHER_SEX),
    )  # fmt: skip


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _listed(text: str) -> list[str]:
    return [part for part in text.split(";") if part]


def _codes(rows: Iterable[Mapping[str, str]], column: str) -> tuple[str, ...]:
    return tuple(sorted({code for row in rows for code in _listed(row[column])}))


def _plain(code: str) -> str:
    return code.replace("-", " ").capitalize()


def _brands(molecules: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """Up to four brands of each molecule out of the bundled formulary."""
    found: dict[str, list[str]] = {name: [] for name in molecules}
    for product in bundled_formulary().products:
        found.get(" + ".join(product.molecules), []).append(product.brand)
    pairs = [(b, i) for i, name in enumerate(molecules) for b in found[name][:MOST_BRANDS]]
    return tuple(b for b, _ in pairs), np.array([i for _, i in pairs], dtype=np.int64)


def _shares(rows: Sequence[Mapping[str, str]], column: str, codes: Sequence[str]) -> Floats:
    """The first of several is the commonest: 1, 1/2, 1/3 ... as shares."""
    made = np.zeros((len(rows), len(codes)))
    for at, row in enumerate(rows):
        for rank, code in enumerate(_listed(row[column])):
            made[at, codes.index(code)] = 1 / (rank + 1)
    return np.asarray(made / np.maximum(made.sum(axis=1, keepdims=True), 1e-9))


def _common(
    rows: Sequence[Mapping[str, str]], column: str, letters: str, otherwise: float
) -> Floats:
    """Weights (letters, diagnoses): high where named, ``otherwise`` where not."""
    made = np.full((len(letters), len(rows)), otherwise)
    for at, row in enumerate(rows):
        named = row[column] or letters
        for letter in named:
            rank = named.index(letter) if column == "where" else 0
            made[letters.index(letter), at] = 1 / (rank + 1)
    return made
