"""What a doctor said about a medicine: always, sometimes or never, for a diagnosis or for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from perdure.methods.recommend.membership import Ints
from perdure.solutions.prescription.engine.fields import FIELDS
from perdure.solutions.prescription.engine.histories import KINDS
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary, category

Word = Literal["always", "sometimes", "never"]

ALWAYS = 10.0
"""Visits that an "always" counts for (reference, section 3, traps)."""

EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """By (category of the diagnosis or "", molecule): what the doctor said."""

    said: Mapping[tuple[str, str], Word]

    def of(self, molecule: str, categories: frozenset[str]) -> Word | None:
        """What counts for a molecule with these diagnoses: the narrower scope wins.

        >>> rules = Rules({("", "d1"): "never", ("E11", "d1"): "always"})
        >>> rules.of("d1", frozenset({"E11"})), rules.of("d1", frozenset())
        ('always', 'never')
        """
        for scope in (*sorted(categories), EVERYWHERE):
            if (scope, molecule) in self.said:
                return self.said[scope, molecule]
        return None


def categories_of(visit: Visits, terms: Vocabulary) -> frozenset[str]:
    """The categories of the diagnoses that are entered."""
    codes = terms.terms["diagnosis"]
    return frozenset(category(codes[i]) for i in visit.sets["diagnosis"].indices)


def always(rules: Rules, name: str, visit: Visits, terms: Vocabulary) -> tuple[Ints, list[int]]:
    """What is always used here, as items of field ``name``, and the kinds of visits it counts in.

    Each stands for :data:`ALWAYS` more visits of the doctor. Only medicines have such words.
    """
    kinds = sorted({KINDS.index("all"), KINDS.index(FIELDS[name].similar)})
    if name not in {"molecule", "brand"}:
        return np.zeros(0, dtype=np.int64), kinds
    here = categories_of(visit, terms)
    wanted = dict.fromkeys(m for _, m in rules.said if rules.of(m, here) == "always")
    known = terms.number["molecule"]
    items = np.array([known[m] for m in wanted if m in known], dtype=np.int64)
    if name == "brand":
        items = np.flatnonzero(np.isin(terms.molecules, items))
    return items, kinds
