"""A doctor who types, and how many keys and clicks each entry takes.

The assumptions, the same for every method wherever they can be:

* Names are typed from their first letter, without errors, capitals, accents or signs; a name that
  no list has is its code. Choosing an entry is one more key or click, whichever it is.
* ``typing``: the whole name, then Enter.
* ``search``: after each letter a list of eight names appears, those with a word that begins like
  what is typed, most popular first (counted on the training visits, in all specialties). The
  doctor stops at the first letter with which the wanted one is among the eight.
* ``pills``: eight pills stand there before anything is typed. After each letter those stay, or
  move up, that have a word that begins like it, in the order of the engine: its candidates by the
  ranker, after them everything else by the linear score, so that the pills become a search list.
* The fields are entered in the order complaint, diagnosis, medicine (by brand), test, advice, and
  the pills are renewed after every entry. The doctor's history is what strictly came before.
* The doctor never waits for a better pill, never takes a wrong one, never types a later word of
  the name although that might be shorter, and looks at eight names at no cost. Time is not counted.
* Entries that the training years do not know are found by no method before the whole name is typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from perdure.methods.recommend.membership import Floats, Ints
from perdure.methods.recommend.ranker import Ranker
from perdure.solutions.prescription.engine.batches import batches
from perdure.solutions.prescription.engine.candidates import candidates
from perdure.solutions.prescription.engine.fields import FIELDS
from perdure.solutions.prescription.engine.parts import Parts
from perdure.solutions.prescription.engine.scores import Scores, Situation
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.keystrokes.moments import moments
from perdure.solutions.prescription.keystrokes.spelling import Spelling, letters_needed

SHOWN = 8
"""Names in the search list, and pills."""

_CANDIDATE = 1e6
"""Above any linear score: a candidate of the ranker stands before everything else."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys and clicks of every entry of one field, and the visit (a position) it belongs to."""

    visit: Ints
    typing: Ints
    search: Ints
    pills: Ints

    def per_visit(self, method: str, n: int) -> Floats:
        """Keys of each of ``n`` visits."""
        keys: Ints = getattr(self, method)
        return np.bincount(self.visit, weights=keys, minlength=n).astype(np.float32)


def count_keys(
    parts: Parts, rankers: Mapping[str, Ranker], table: Visits, rows: Ints, name: str,
    names: Sequence[str],
) -> Keys:  # fmt: skip
    """Type every entry that visits ``rows`` hold in one field; ``names`` are the field's terms."""
    found = moments(table, rows, name, parts.terms)
    spelling = Spelling(names)
    depths = lru_cache(maxsize=4_096)(spelling.depths)
    popular = _before(parts.popularity[name])
    typing = np.array([spelling.length(item) for item in found.item], dtype=np.int64)
    search = [
        letters_needed(depths(item)[popular[: _place(popular, item)]], length, SHOWN, at_least=1)
        for item, length in zip(found.item.tolist(), typing.tolist(), strict=True)
    ]
    pills: list[int] = []
    for part, here, scores in batches(parts, table, found.asked, name):
        order = _order(parts, rankers[name], scores, here)
        for at, item in enumerate(found.item[part].tolist()):
            ahead = np.flatnonzero(_stands_before(order[at], item))
            pills.append(letters_needed(depths(item)[ahead], int(typing[len(pills)]), SHOWN))
    return Keys(found.visit, typing + 1, np.array(search) + 1, np.array(pills) + 1)


def _order(parts: Parts, ranker: Ranker, scores: Scores, here: Situation) -> Floats:
    """A number for every item of every visit, the higher the earlier it is shown."""
    found = candidates(parts, scores, here)
    order = np.array(scores.linear, dtype=np.float64)
    order[found.row, found.item] = _CANDIDATE + ranker.raw(found.numbers)
    entered = here.visits.sets[FIELDS[scores.field].of]
    order[entered.rows, entered.indices] = -np.inf
    return order  # type: ignore[return-value]


def _stands_before(order: Floats, item: int) -> np.ndarray:
    """Items that are shown before this one; among equals the lower number comes first."""
    same = order[:item] == order[item]
    before: np.ndarray = order > order[item]
    before[:item] |= same
    return before


def _before(popularity: Floats) -> Ints:
    return np.argsort(-popularity, kind="stable")


def _place(order: Ints, item: int) -> int:
    return int(np.flatnonzero(order == item)[0])
