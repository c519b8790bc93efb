"""The physicians of the sample world: who they are, where, and what they write."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from perdure.methods.npi import numbers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPECIALTIES = (
    # name, share, market volume against the mean, openness to brands (standard deviations)
    ("Family Practice", 0.34, 1.0, -0.3),
    ("Internal Medicine", 0.30, 1.1, -0.1),
    ("Cardiology", 0.14, 1.6, 0.7),
    ("Endocrinology", 0.07, 1.3, 0.6),
    ("Nephrology", 0.06, 0.8, 0.1),
    ("Geriatric Medicine", 0.05, 0.9, -0.2),
    ("Obstetrics and Gynecology", 0.04, 0.4, 0.0),
)
STATES = ("CA", "FL", "GA", "IL", "MI", "NC", "NJ", "NY", "OH", "PA", "TX", "WA")
_WEIGHTS = (17, 11, 6, 7, 6, 6, 5, 12, 7, 8, 13, 4)
_PER_CITY, _PER_TERRITORY = 60, 280
COMPETITORS = ("OLDSTATIN", "GENERICOL", "GENERIXAN")


@dataclass(frozen=True)
class People:
    """One entry per physician in every array.

    ``openness`` is the standardised taste for brands, ``rate`` the market prescriptions per
    month, ``taste`` the shares (physicians x competitors) of the market without the case brands,
    ``leaves`` the month in which the physician stops practising.
    """

    npi: NDArray[np.str_]
    specialty: Ints
    state: Ints
    city: Ints
    territory: Ints
    grad_year: Ints
    group_size: Ints
    female: NDArray[np.bool_]
    osteopath: NDArray[np.bool_]
    openness: Floats
    rate: Floats
    taste: Floats
    leaves: Ints

    def __len__(self) -> int:
        return len(self.npi)

    @cached_property
    def names(self) -> pa.Array:
        """The identifiers as Arrow text: rows of every month point to them."""
        return pa.array(self.npi.tolist(), pa.string())


def draw_people(rng: np.random.Generator, size: int, first_year: int, months: int) -> People:
    """``size`` physicians; identifiers begin with 9, which no real NPI does."""
    stems = 900_000_000 + np.sort(rng.choice(99_999_999, size=size, replace=False)).astype(np.int64)
    shares = np.array([s[1] for s in SPECIALTIES])
    specialty = rng.choice(len(SPECIALTIES), size=size, p=shares / shares.sum())
    state = rng.choice(len(STATES), size=size, p=np.array(_WEIGHTS) / sum(_WEIGHTS))
    city = _places(rng, state, _PER_CITY)
    volume = np.array([s[2] for s in SPECIALTIES])[specialty]
    leaves = np.where(rng.random(size) < 0.05, rng.integers(6, months, size), months)
    return People(
        npi=numbers(stems),
        specialty=specialty,
        state=state,
        city=city,
        territory=_places(rng, state, _PER_TERRITORY),
        grad_year=first_year - 3 - rng.gamma(4.0, 5.0, size).astype(np.int64).clip(0, 50),
        group_size=np.exp(rng.gamma(1.6, 1.1, size)).astype(np.int64).clip(1, 900),
        female=rng.random(size) < 0.38,
        osteopath=rng.random(size) < 0.12,
        openness=_openness(rng, specialty, state, city),
        rate=1.5 + 3.2 * volume * np.exp(rng.normal(0.0, 0.8, size)),
        taste=_taste(rng, size),
        leaves=leaves.astype(np.int64),
    )


def _places(rng: np.random.Generator, state: Ints, people: int) -> Ints:
    """A place number within the state for each physician, about ``people`` in each place."""
    counts = np.maximum(1, np.round(np.bincount(state, minlength=len(STATES)) / people))
    return np.floor(rng.random(len(state)) ** 1.3 * counts[state]).astype(np.int64)


def _openness(rng: np.random.Generator, specialty: Ints, state: Ints, city: Ints) -> Floats:
    # A part is common to a city and to a state: physicians who share patients resemble each
    # other. States that differ also keep a brand's growth small beside what it differs by place.
    place = state * 10_000 + city
    towns = np.unique(place, return_inverse=True)[1]
    local = rng.normal(0.0, 0.45, towns.max() + 1)[towns]
    region = rng.permutation(np.linspace(-0.6, 0.6, len(STATES)))[state]
    own = np.array([s[3] for s in SPECIALTIES])[specialty]
    raw = own + local + region + rng.normal(0.0, 0.8, len(city))
    return np.asarray((raw - raw.mean()) / raw.std())


def _taste(rng: np.random.Generator, size: int) -> Floats:
    drawn = rng.gamma(np.array([0.7, 1.0, 0.4]), size=(size, len(COMPETITORS))) + 1e-6
    kept = np.where(drawn < 0.15 * drawn.sum(axis=1, keepdims=True), 0.0, drawn)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))
