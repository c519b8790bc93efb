"""Scores of every item of a field for a few visits: all learned parts, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.recommend.membership import Floats
from perdure.methods.recommend.recency_frequency import ActiveContexts
from perdure.solutions.prescription.engine.contexts import (
    numbers,
    only,
    presence,
    standing,
)
from perdure.solutions.prescription.engine.fields import FIELDS, GROUPS, PLAIN, REGRESSORS
from perdure.solutions.prescription.engine.histories import KINDS, Histories
from perdure.solutions.prescription.engine.parts import Habit, Parts
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.words import words_of

HAND = 1.35
"""Base of the seed's hand weights: each more specific context weighs that much more."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Visits at hand with their contexts and their doctors' histories; made once for all fields."""

    visits: Visits
    active: ActiveContexts
    past: Visits
    histories: Histories


@dataclass(frozen=True, slots=True)
class Scores:
    """Every part's view on every item of a field: (n, items) unless said otherwise.

    ``shares`` (n, groups, items) and ``evidence`` (n, groups) are the Recency-Frequency counts,
    ``own`` (n, kinds, items) and ``support`` (n, kinds) the doctor's history. ``ridge``, ``ease``
    and ``habit`` are the linear parts; for brands they are those of the molecule, and ``choice``
    holds the brand given the molecule by everyone, specialty and doctor.
    """

    field: str
    shares: Floats
    evidence: Floats
    own: Floats
    support: Floats
    words: Floats
    ridge: Floats
    ease: Floats
    habit: Floats
    choice: tuple[Floats, Floats, Floats] | None = None

    @property
    def linear(self) -> Floats:
        """The best score without a ranker: ridge and habits; for brands times the choice."""
        if self.choice is None:
            return self.habit
        return np.maximum(self.habit, 1e-4) * self.choice[2]

    def pool(self, weights: Floats | None = None) -> Floats:
        """The seed's ensemble of contexts, doctor and words, weighted; by hand without weights."""
        there = ensemble_presence(self)
        lam = hand_weights(there.shape[1]) if weights is None else weights
        used = there * lam[None, :]
        used = used / np.maximum(used.sum(axis=1, keepdims=True), 1e-9)
        return self._summed(used)

    def _summed(self, weight: Floats) -> Floats:
        """The views of the ensemble times their weights, without copying the views together."""
        field = FIELDS[self.field]
        groups, kinds = numbers(field.contexts), own_kinds(self.field)
        of_group = np.zeros(self.evidence.shape, dtype=np.float32)
        of_group[:, groups] = weight[:, : len(groups)]
        made = np.einsum("ng,ngi->ni", of_group, self.shares)
        own = weight[:, len(groups) : -1] / np.maximum(self.support[:, kinds], 1e-9)
        for at, kind in enumerate(kinds):
            made += own[:, at, None] * self.own[:, kind]
        made += weight[:, -1, None] * self.words
        return np.asarray(made)


def hand_weights(views: int) -> Floats:
    """``1.35 ** rank`` from generic to specific, doctor last; words weigh like the first."""
    lam = HAND ** np.arange(views, dtype=np.float32)
    lam[-1] = 1.0
    return np.asarray(lam, dtype=np.float32)


def ensemble_views(scores: Scores) -> tuple[Floats, Floats]:
    """The seed's models (n, views, items), and which of them can speak (n, views).

    Contexts of the field from generic to specific, the doctor's visits, the doctor's similar
    visits, the words.
    """
    kinds = own_kinds(scores.field)
    own = scores.own[:, kinds] / np.maximum(scores.support[:, kinds], 1e-9)[:, :, None]
    shares = scores.shares[:, numbers(FIELDS[scores.field].contexts)]
    views = np.concatenate([shares, own, scores.words[:, None]], axis=1)
    return views, ensemble_presence(scores)


def ensemble_presence(scores: Scores) -> Floats:
    """Which of the seed's models can speak, (n, views) of 0 and 1; words always can."""
    contexts = presence(scores.evidence, FIELDS[scores.field].contexts)
    own = (scores.support[:, own_kinds(scores.field)] > 0).astype(np.float32)
    words = np.ones((len(contexts), 1), dtype=np.float32)
    return np.concatenate([contexts, own, words], axis=1)


def own_kinds(name: str) -> list[int]:
    """Which kinds of earlier visits the seed's ensemble asks: all, and similar ones."""
    return [KINDS.index("all"), KINDS.index(FIELDS[name].similar)]


def situation(parts: Parts, visits: Visits, past: Visits, histories: Histories) -> Situation:
    """Look up the contexts of visits."""
    active = parts.index.active(standing(visits, parts.terms))
    return Situation(visits, active, past, histories)


def score(parts: Parts, name: str, at: Situation) -> Scores:
    """All parts' scores of the items of one field."""
    n, of = len(at.visits), FIELDS[name].of
    shares, evidence = parts.counts[name].scores(at.active, n, len(GROUPS))
    own, support = at.histories.sums(at.past.sets[of], n)
    said = words_of(at.visits.showing(FIELDS[name].inputs), parts.terms)
    words = parts.words[name].scores(said)
    if name == "brand":
        return _brand(parts, at, (shares, evidence, own, support, words))
    ridge, ease, habit = _linear(parts, name, at, own, support)
    return Scores(name, shares, evidence, own, support, words, ridge, ease, habit)


def _linear(
    parts: Parts, name: str, at: Situation, own: Floats, support: Floats
) -> tuple[Floats, Floats, Floats]:
    n = len(at.visits)
    flow, plain = only(at.active, REGRESSORS[name]), only(at.active, PLAIN)
    ridge = parts.ridge[name].scores(flow.row, flow.context, n)
    ease = parts.ease[name].scores(plain.row, plain.context, n)
    return ridge, ease, ridge + habits(parts.habit.get(name, Habit()), name, own, support)


def habits(weights: Habit, name: str, own: Floats, support: Floats) -> Floats:
    """What the doctor's own counts add: over all visits, and over similar ones."""
    every, alike = KINDS.index("all"), KINDS.index(FIELDS[name].similar)
    added = weights.own * own[:, every] / (support[:, every] + weights.slow)[:, None]
    if alike != every:
        added = added + weights.similar * own[:, alike] / (support[:, alike] + 1)[:, None]
    return np.asarray(added, dtype=np.float32)


def _brand(
    parts: Parts, at: Situation, seen: tuple[Floats, Floats, Floats, Floats, Floats]
) -> Scores:
    """Two steps: the molecule's scores, handed to its brands, and the choice among them."""
    own, support = at.histories.sums(at.past.sets["molecule"], len(at.visits))
    linear = _linear(parts, "molecule", at, own, support)
    to = parts.terms.molecules
    ridge, ease, habit = (np.where(to >= 0, part[:, np.maximum(to, 0)], -1.0) for part in linear)
    everyone = np.broadcast_to(parts.brands.share, ridge.shape)
    specialty = parts.brands.of(at.visits.specialty)
    doctor = parts.brands.given_molecule(at.visits.specialty, seen[2][:, KINDS.index("all")])
    return Scores("brand", *seen, ridge, ease, habit, (everyone, specialty, doctor))
