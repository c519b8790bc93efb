"""Promotion in the sample world: who was contacted when, and what of it is still felt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perdure.solutions.conversion.sample.people import Floats, People

Counts = NDArray[np.int8]

CHANNELS = ("call", "email", "sample")
FELT = {"call": 1.0, "email": 0.3, "sample": 0.5}
"""How much of a contact is felt, by channel."""
HALF_LIFE_DAYS = 60.0
MONTH_DAYS = 30.4


def draw_contacts(rng: np.random.Generator, people: People, months: int) -> dict[str, Counts]:
    """Contacts (months x physicians) by channel; the big writers of the market get most.

    Volume decides who is visited, never the brand: what a visit brings can be told from volume
    only by those who were not visited.
    """
    rank = np.argsort(np.argsort(people.rate)) / len(people)
    calls = rng.poisson(0.03 + 0.45 * (rank > 0.7) + 0.15 * (rank > 0.4), (months, len(people)))
    emails = rng.poisson(0.12 * (rng.random(len(people)) < 0.6), (months, len(people)))
    samples = rng.binomial(calls, 0.3)
    here = np.arange(months)[:, None] < people.leaves[None, :]
    drawn = zip(CHANNELS, (calls, emails, samples), strict=True)
    return {name: (counts * here).astype(np.int8) for name, counts in drawn}


def felt(contacts: dict[str, Counts]) -> Floats:
    """What is felt of all contacts at the end of each month (months x physicians)."""
    fresh = sum(FELT[name] * counts.astype(np.float64) for name, counts in contacts.items())
    left = np.asarray(fresh).copy()
    keep = 0.5 ** (MONTH_DAYS / HALF_LIFE_DAYS)
    for month in range(1, len(left)):
        left[month] += keep * left[month - 1]
    return left
