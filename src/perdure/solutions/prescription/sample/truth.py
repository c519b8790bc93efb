"""The best that anyone could show: pills by their true probability, and how often they hit."""

from __future__ import annotations

import numpy as np

from perdure.solutions.prescription.engine.fields import PILLS
from perdure.solutions.prescription.sample.practice import Floats, Ints, Practice
from perdure.solutions.prescription.sample.rates import Drawn


def best_one(found: Practice, drawn: Drawn, field: str, visits: Ints) -> float:
    """The expected share of visits with a true entry among the eight likeliest terms.

    Over those of ``visits`` in which something was entered, like the figure of a model; NaN when
    there is none. Brands of one molecule exclude each other.
    """
    asked = visits[drawn.entered[field][visits].any(axis=1)]
    if not len(asked):
        return float("nan")
    chance = drawn.chance[field][asked]
    group = found.molecule if field == "brand" else np.arange(chance.shape[1])
    top = np.argsort(-chance, axis=1, kind="stable")[:, :PILLS]
    some = np.zeros_like(chance)
    np.put_along_axis(some, top, np.take_along_axis(chance, top, axis=1), axis=1)
    return float(np.mean(_any(some, group) / np.maximum(_any(chance, group), 1e-12)))


def _any(chance: Floats, group: Ints) -> Floats:
    """The probability of at least one entry: groups are independent, within one at most one."""
    first = np.searchsorted(group, np.arange(int(group.max()) + 1))
    return np.asarray(1 - np.prod(1 - np.add.reduceat(chance, first, axis=1), axis=1))
