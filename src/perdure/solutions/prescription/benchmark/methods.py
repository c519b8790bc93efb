"""The methods that are compared, each as pills of every visit that is asked about."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from perdure.methods.recommend.accuracy import best, best_of_candidates
from perdure.methods.recommend.membership import Floats, Ints
from perdure.solutions.prescription.benchmark.material import Material
from perdure.solutions.prescription.benchmark.protocol import Learned
from perdure.solutions.prescription.engine.batches import Asked, batches
from perdure.solutions.prescription.engine.candidates import candidates
from perdure.solutions.prescription.engine.contexts import numbers, presence
from perdure.solutions.prescription.engine.fields import FIELDS, PILLS
from perdure.solutions.prescription.engine.parts import Parts
from perdure.solutions.prescription.engine.scores import Scores, Situation

METHODS = ("popularity", "rf", "nb", "seed_v1-hand", "seed_v1-tuned", "ridge-doctor", "stack")
_NEXT = 1e-3


def pills_of(
    parts: Parts, found: Material, learned: Learned, asked: Asked, name: str
) -> dict[str, Ints]:
    """The best 8 items by each method, (visits, 8)."""
    made: dict[str, list[Ints]] = {method: [] for method in METHODS}
    for _, here, scores in batches(parts, found.visits, asked, name):
        for method, view in _views(parts, learned, scores, name):
            made[method].append(best(_not_entered(view, here, name), PILLS))
        made["stack"].append(_stacked(parts, learned, scores, here, name))
    return {method: np.concatenate(tops) for method, tops in made.items() if tops}


def _views(
    parts: Parts, learned: Learned, scores: Scores, name: str
) -> Iterator[tuple[str, Floats]]:
    shape = scores.linear.shape
    yield "popularity", np.broadcast_to(parts.popularity[name], shape)
    yield "rf", _most_specific(scores, name)
    yield "nb", scores.words
    yield "seed_v1-hand", scores.pool()
    yield "seed_v1-tuned", scores.pool(learned.pool[name])
    yield "ridge-doctor", scores.linear


def _most_specific(scores: Scores, name: str) -> Floats:
    """The most specific context that is known; what it has not seen comes in the next one's order.

    Each more generic context weighs a thousandth: it decides only where the others are silent.
    """
    groups = FIELDS[name].contexts
    there = presence(scores.evidence, groups)
    rank = np.cumsum(there[:, ::-1], axis=1)[:, ::-1] - there
    weight = np.where(there > 0, _NEXT**rank, 0.0)
    shares = scores.shares[:, numbers(groups)]
    return np.asarray(np.einsum("ng,ngi->ni", weight, shares, optimize=True))


def _stacked(parts: Parts, learned: Learned, scores: Scores, here: Situation, name: str) -> Ints:
    found = candidates(parts, scores, here)
    raw = learned.stack[name].raw(found.numbers)
    return best_of_candidates(found.row, found.item, raw, len(here.visits), PILLS)


def _not_entered(view: Floats, here: Situation, name: str) -> Floats:
    entered = here.visits.sets[FIELDS[name].of]
    if not len(entered.indices):
        return view
    left = np.array(view, dtype=np.float32)
    left[entered.rows, entered.indices] = -np.inf
    return left
