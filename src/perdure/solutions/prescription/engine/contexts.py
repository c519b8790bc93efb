"""In which contexts a visit stands: its keys by kind, and the index of those that are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from perdure.methods.recommend.context_keys import Keys, mixed, positions, set_keys
from perdure.methods.recommend.membership import Floats, Ints, Membership
from perdure.methods.recommend.recency_frequency import ActiveContexts
from perdure.solutions.prescription.engine.fields import GROUPS
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary

_NUMBER = {name: number for number, name in enumerate(GROUPS)}


@dataclass(frozen=True, slots=True)
class Standing:
    """Every context of some visits: parallel arrays of visit, kind and key."""

    row: Ints
    group: Ints
    key: Keys


def standing(visits: Visits, terms: Vocabulary) -> Standing:
    """All contexts of each visit, by what is entered so far."""
    found = list(_kinds(visits, terms))
    group = np.repeat([_NUMBER[name] for name, _, _ in found], [len(row) for _, row, _ in found])
    # Mixed for all kinds together: with one visit, the steps are what costs time.
    key = mixed(np.concatenate([key for _, _, key in found]), group)
    return Standing(np.concatenate([row for _, row, _ in found]), group, key)


def _kinds(visits: Visits, terms: Vocabulary) -> Iterator[tuple[str, Ints, Keys]]:
    n = np.arange(len(visits))
    band = visits.age_band + 1
    person = band * 4 + visits.sex + 1
    place = visits.specialty + 1
    yield "everyone", n, mixed(np.zeros(len(n), dtype=np.int64))
    yield "age-sex", n, mixed(person)
    known = n[visits.specialty >= 0]
    yield "specialty", known, mixed(place[known])
    yield "specialty-age-sex", known, mixed(place[known], person[known])
    yield from _of_complaints(visits.sets["complaint"], place, band)
    yield from _of_diagnoses(visits, terms, place, person)
    for name in ("molecule", "lab", "advice"):
        entered = visits.sets[name]
        yield name, entered.rows, mixed(entered.indices)


def _of_complaints(
    complaints: Membership, place: Ints, band: Ints
) -> Iterator[tuple[str, Ints, Keys]]:
    row, item = complaints.rows, complaints.indices
    yield "complaint", row, mixed(item)
    yield "complaint-specialty", row, mixed(item, place[row])
    yield "complaint-age", row, mixed(item, band[row])
    some = np.flatnonzero(complaints.sizes)
    yield "complaints", some, set_keys(complaints)[some]


def _of_diagnoses(
    visits: Visits, terms: Vocabulary, place: Ints, person: Ints
) -> Iterator[tuple[str, Ints, Keys]]:
    entered = visits.sets["diagnosis"]
    kinds = len(terms.categories)
    wide = entered.mapped(terms.categories, kinds)
    chapters = entered.mapped(terms.chapters, kinds)
    yield "chapter", chapters.rows, mixed(chapters.indices)
    yield "category", wide.rows, mixed(wide.indices)
    yield "diagnosis", entered.rows, mixed(entered.indices)
    yield "category-age-sex", wide.rows, mixed(wide.indices, person[wide.rows])
    yield "category-specialty", wide.rows, mixed(wide.indices, place[wide.rows])
    some = np.flatnonzero(entered.sizes)
    whole = set_keys(entered)
    yield "diagnoses", some, whole[some]
    both = np.flatnonzero((entered.sizes > 0) & (visits.sets["complaint"].sizes > 0))
    yield "complaints-diagnoses", both, mixed(whole[both], set_keys(visits.sets["complaint"])[both])


@dataclass(frozen=True, slots=True)
class ContextIndex:
    """The contexts that were seen often enough to count, by sorted key."""

    keys: Keys
    group: Ints
    seen: Ints

    @classmethod
    def learn(cls, found: Standing, at_least: int = 2) -> ContextIndex:
        """Keep contexts that were seen ``at_least`` times."""
        keys, first, count = np.unique(found.key, return_index=True, return_counts=True)
        kept = count >= at_least
        return cls(keys[kept], found.group[first[kept]], count[kept])

    def __len__(self) -> int:
        return len(self.keys)

    def active(self, found: Standing) -> ActiveContexts:
        """The known ones among ``found``, sorted by visit."""
        at = positions(found.key, self.keys)
        order = np.lexsort((found.group[at >= 0], found.row[at >= 0]))
        chosen = np.flatnonzero(at >= 0)[order]
        return ActiveContexts(found.row[chosen], found.group[chosen], at[chosen])

    def matrix(self, found: Standing, n: int) -> sp.csr_matrix:
        """Visits by known contexts, 0/1."""
        active = self.active(found)
        return Membership.pairs(active.row, active.context, n, len(self)).matrix()

    def usable(self, groups: tuple[str, ...], at_least: int) -> Ints:
        """Contexts of those kinds that were seen at least that often."""
        kinds = [_NUMBER[name] for name in groups]
        return np.flatnonzero(np.isin(self.group, kinds) & (self.seen >= at_least))

    def of_items(self, group: str, width: int) -> Ints:
        """The context of each item of a plain kind such as ``molecule``; -1 where rare."""
        number = _NUMBER[group]
        return positions(mixed(mixed(np.arange(width)), number), self.keys)


def only(active: ActiveContexts, groups: tuple[str, ...]) -> ActiveContexts:
    """The contexts of those kinds."""
    kept = _wanted(groups)[active.group]
    return ActiveContexts(active.row[kept], active.group[kept], active.context[kept])


@cache
def _wanted(groups: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Which kinds are named, by number: a look-up where a search would cost more than the rest."""
    return np.isin(np.arange(len(GROUPS)), [_NUMBER[name] for name in groups])


def presence(evidence: Floats, groups: tuple[str, ...]) -> Floats:
    """Which of those kinds a visit stands in, (n, len(groups)) of 0 and 1."""
    return (evidence[:, [_NUMBER[name] for name in groups]] > 0).astype(np.float32)


def numbers(groups: tuple[str, ...]) -> list[int]:
    """Positions of kinds of context among :data:`GROUPS`."""
    return [_NUMBER[name] for name in groups]
