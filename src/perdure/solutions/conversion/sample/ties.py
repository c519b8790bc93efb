"""Who shares patients with whom in the sample world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.solutions.conversion.sample.people import Floats, Ints, People

_TIES = 5  # drawn per physician; with the ties drawn by others about twice as many
_LOCAL = 0.75  # chance that a tie stays within the city


@dataclass(frozen=True)
class Ties:
    """Directed pairs (each tie stands in both directions) and the patients shared."""

    source: Ints
    target: Ints
    patients: Ints

    def share(self, adopted: Floats) -> Floats:
        """The patient-weighted share of each physician's peers that adopted (0 without peers)."""
        size = len(adopted)
        total = np.bincount(self.source, weights=self.patients, minlength=size)
        theirs = np.bincount(
            self.source, weights=self.patients * adopted[self.target], minlength=size
        )
        return np.asarray(np.divide(theirs, total, out=np.zeros(size), where=total > 0))


def draw_ties(rng: np.random.Generator, people: People) -> Ties:
    """Ties within cities mostly, otherwise within the state; at least 11 shared patients each."""
    size = len(people)
    first = np.repeat(np.arange(size), _TIES)
    local = rng.random(len(first)) < _LOCAL
    place = people.state * 10_000 + people.city
    second = np.where(
        local, _partner(rng, place, first), _partner(rng, people.state * 10_000, first)
    )
    kept = first != second
    low, high = np.minimum(first, second)[kept], np.maximum(first, second)[kept]
    pairs = np.unique(low * size + high)
    patients = 11 + rng.geometric(0.06, len(pairs))
    source = np.concatenate([pairs // size, pairs % size])
    target = np.concatenate([pairs % size, pairs // size])
    return Ties(source, target, np.concatenate([patients, patients]))


def _partner(rng: np.random.Generator, place: Ints, first: Ints) -> Ints:
    """For each physician in ``first`` another (or the same) one of the same place."""
    order = np.argsort(place, kind="stable")
    ranked = place[order]
    start = np.searchsorted(ranked, place[first], side="left")
    end = np.searchsorted(ranked, place[first], side="right")
    return np.asarray(order[start + (rng.random(len(first)) * (end - start)).astype(np.int64)])
