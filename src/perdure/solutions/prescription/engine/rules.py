"""What a doctor said about a medicine: always, sometimes or never, for a diagnosis or for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from perdure.solutions.prescription.engine.fields import FIELDS
from perdure.solutions.prescription.engine.histories import KINDS
from perdure.solutions.prescription.engine.scores import Scores
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


def applied(rules: Rules, scores: Scores, visit: Visits, terms: Vocabulary) -> Scores:
    """The doctor's counts with ten more visits for each molecule that is always used here."""
    if scores.field not in {"molecule", "brand"}:
        return scores
    here = categories_of(visit, terms)
    always = [m for _, m in rules.said if rules.of(m, here) == "always"]
    numbers = [terms.number["molecule"][m] for m in dict.fromkeys(always)
               if m in terms.number["molecule"]]  # fmt: skip
    if not numbers:
        return scores
    items = np.array(numbers)
    if scores.field == "brand":
        items = np.flatnonzero(np.isin(terms.molecules, items))
    own, support = scores.own.copy(), scores.support.copy()
    for kind in {"all", FIELDS[scores.field].similar}:
        at = KINDS.index(kind)
        own[:, at, items] += ALWAYS
        support[:, at] += ALWAYS
    return replace(scores, own=own, support=support)
