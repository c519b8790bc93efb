"""The words of a visit: those of its notes, and those of the names of what was entered."""

from __future__ import annotations

import numpy as np

from perdure.methods.recommend.membership import Membership, spans
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary


def words_of(visits: Visits, terms: Vocabulary) -> Membership:
    """The stems that each visit holds, as numbers of ``terms.words``."""
    rows, words = [visits.words.rows], [visits.words.indices]
    for name, spoken in terms.spoken.items():
        entered = visits.sets[name]
        sizes = spoken.sizes[entered.indices]
        words.append(spoken.indices[spans(spoken.indptr[entered.indices], sizes)])
        rows.append(np.repeat(entered.rows, sizes))
    width = len(terms.words)
    return Membership.pairs(np.concatenate(rows), np.concatenate(words), len(visits), width)
