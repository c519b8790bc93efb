"""What is learned from visits before any ranker: counts, completion, words, brands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from perdure.methods.recommend.brand_choice import BrandChoice
from perdure.methods.recommend.completion import Completion, columns_of, fit_ease, fit_ridge
from perdure.methods.recommend.membership import Floats
from perdure.methods.recommend.naive_bayes import NaiveBayes
from perdure.methods.recommend.recency_frequency import RecencyFrequency, age_weights
from perdure.solutions.prescription.engine.contexts import ContextIndex, standing
from perdure.solutions.prescription.engine.fields import FIELDS, PLAIN, REGRESSORS
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary
from perdure.solutions.prescription.engine.words import words_of

HALF_LIFE = 24.0
BRAND_HALF_LIFE = 6.0
"""Months (reference, section 2 and the brand table)."""

RIDGE = 30.0
EASE = 60.0
"""Penalties of the reference, in visits."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How the doctor's own counts are added to the ridge: ``b1``, ``b2``, ``c`` of the reference.

    ``ridge + b1 P_doctor n / (n + c) + b2 P_doctor,similar n_s / (n_s + 1)``.
    """

    own: float = 0.5
    similar: float = 0.5
    slow: float = 1.0


@dataclass(frozen=True, slots=True)
class Fewest:
    """How often something must have been seen before it is learned from."""

    context: int = 2
    regressor: int = 15
    item: int = 2


@dataclass(slots=True)
class Parts:
    """All learned components, by field where they differ by field."""

    terms: Vocabulary
    index: ContextIndex
    counts: dict[str, RecencyFrequency]
    ridge: dict[str, Completion]
    ease: dict[str, Completion]
    words: dict[str, NaiveBayes]
    popularity: dict[str, Floats]
    brands: BrandChoice
    habit: dict[str, Habit] = field(default_factory=dict)


def fit_parts(
    visits: Visits,
    terms: Vocabulary,
    now: float,
    *,
    fields: Iterable[str] = tuple(FIELDS),
    fewest: Fewest | None = None,
    half_life: float = HALF_LIFE,
    step: Callable[[str], None] = lambda _: None,
) -> Parts:
    """Learn from complete visits as they look at ``now``; a visit counts half after ``half_life``.

    Both are in months.
    """
    fewest, wanted = fewest or Fewest(), list(fields)
    ages = np.maximum(now - visits.months, 0).astype(np.float32)
    weights = age_weights(ages, half_life)
    found = standing(visits, terms)
    index = ContextIndex.learn(found, fewest.context)
    contexts = index.matrix(found, len(visits))
    brands = BrandChoice.fit(
        visits.sets["brand"].matrix(), terms.molecules, visits.specialty,
        len(terms.specialties), age_weights(ages, BRAND_HALF_LIFE),
    )  # fmt: skip
    parts = Parts(terms, index, {}, {}, {}, {}, {}, brands)
    for name in wanted:
        step(f"learning {name}")
        _fit_field(parts, name, contexts, visits, weights, fewest)
    step("learning what goes with what")
    _fit_ease(parts, contexts, weights, wanted, fewest)
    return parts


def _fit_field(
    parts: Parts, name: str, contexts: sp.csr_matrix, visits: Visits, weights: Floats,
    fewest: Fewest,
) -> None:  # fmt: skip
    items = visits.sets[FIELDS[name].of].matrix()
    parts.popularity[name] = np.asarray(items.T @ weights, dtype=np.float32) / weights.sum()
    parts.counts[name] = RecencyFrequency.fit(contexts, items, weights)
    said = words_of(visits.showing(FIELDS[name].inputs), parts.terms)
    parts.words[name] = NaiveBayes.fit(said, items, weights)
    if name == "brand":
        return  # brands are chosen in two steps: the molecule has the regression
    usable = parts.index.usable(REGRESSORS[name], fewest.regressor)
    parts.ridge[name] = fit_ridge(
        contexts, items, weights, usable=usable, fewest=fewest.item, penalty=RIDGE
    )


def _fit_ease(
    parts: Parts, contexts: sp.csr_matrix, weights: Floats, fields: Iterable[str], fewest: Fewest
) -> None:
    usable = parts.index.usable(PLAIN, fewest.regressor)
    completed = fit_ease(contexts, weights, usable=usable, penalty=EASE)
    for name in fields:
        if name == "brand":
            continue
        of = FIELDS[name].of.removesuffix("-new")
        targets = parts.index.of_items(of, parts.terms.width(of))
        parts.ease[name] = columns_of(completed, usable, len(parts.index), targets)
