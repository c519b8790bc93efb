"""The engine at work: suggestions for one prescription, and habits that follow at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from perdure.methods.recommend.accuracy import best_of_candidates
from perdure.methods.recommend.membership import Floats, Ints
from perdure.solutions.prescription.engine.abreast import Abreast
from perdure.solutions.prescription.engine.at_once import Slate, numbers_of, slate
from perdure.solutions.prescription.engine.fields import FIELDS
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.histories import KINDS, LONGEST, compared
from perdure.solutions.prescription.engine.one import joined, one_visit
from perdure.solutions.prescription.engine.rules import Rules
from perdure.solutions.prescription.engine.scores import Situation, situation
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.prescription import SECTIONS, Prescription


@dataclass(frozen=True, slots=True)
class Picked:
    """The best candidates of one field with all that is known about them, best first.

    ``shares`` (n, groups) are the shares of visits in which each was entered, by kind of context,
    and ``evidence`` (groups) the visits behind them.
    """

    field: str
    item: Ints
    raw: np.ndarray
    kinds: tuple[str, ...]
    effects: np.ndarray
    base: float
    shares: Floats
    evidence: Floats
    habit: Habits


@dataclass(frozen=True, slots=True)
class Habits:
    """Facts about the doctor's latest visits: how many held each item, of how many visits.

    ``alike`` counts visits like the one at hand, ``every`` all of them; nothing fades here, and
    nothing is added by rules.
    """

    alike: Ints
    alike_visits: int
    every: Ints
    visits: int


class Desk:
    """Answers for doctors whose earlier visits it holds; safe to use from several threads."""

    def __init__(self, engine: Engine, histories: Mapping[str, Visits] | None = None) -> None:
        # Added terms change nothing in what stands side by side: it is made once.
        self._abreast = Abreast.of_parts(engine.parts)
        self.engine = Engine(self._abreast.shared(engine.parts), engine.rankers)
        self._histories = dict(histories or {})
        self._turn = threading.Lock()
        self._remembered: set[str] = set()
        self.until = 0  # the newest saved prescription that was looked at when it was opened
        # Half of the free places is kept for terms that somebody adds on purpose.
        self._spare = {name: n // 2 for name, n in _free(engine).items()}

    @property
    def doctors(self) -> int:
        """How many doctors have a history here."""
        return len(self._histories)

    def visits_of(self, doctor: str) -> int:
        """How many earlier visits of the doctor are looked at."""
        past = self._histories.get(doctor)
        return len(past) if past is not None else 0

    def pick(
        self, written: Prescription, months: float, pills: int, rules: Rules | None = None
    ) -> dict[str, Picked]:
        """The best items of every field for a prescription as it is written so far."""
        engine, abreast = self.engine, self._abreast
        at = self._situation(engine, written, months)
        made = slate(engine.parts, abreast, at, rules)
        return _picked(engine, abreast, at, made, pills)

    def remember(self, written: Prescription, months: float, saved: str = "") -> None:
        """A prescription was saved: it belongs to the doctor's habits from now on.

        What the model never saw takes a free place, so that it is suggested from now on. With its
        id in ``saved`` it is remembered once, however often it is told.
        """
        molecules = {e.code: e.molecule for e in written.of("medicine") if e.molecule}
        with self._turn:
            if saved in self._remembered:
                return
            self._remembered |= {saved} if saved else set()
            self.engine = with_more_terms(self.engine, _codes(written), molecules, self._spare)
            past = self._histories.get(written.doctor)
            order = int(past.order[-1]) + 1 if past is not None else 0
            now = one_visit(written, self.engine.terms, months, order)
            kept = now if past is None else joined([past, now])
            self._histories[written.doctor] = kept.take(
                np.arange(max(len(kept) - LONGEST, 0), len(kept))
            )

    def learn_terms(self, added: Mapping[str, list[str]]) -> None:
        """New terms take free places of their lists; without a place they wait for a new model."""
        with self._turn:
            self.engine = with_more_terms(self.engine, added)

    def entered(self, doctor: str, field: str) -> dict[str, int]:
        """How often the doctor entered each term of a field lately."""
        past = self._histories.get(doctor)
        if past is None:
            return {}
        items, count = np.unique(past.sets[field].indices, return_counts=True)
        terms = self.engine.terms.terms[field]
        return {terms[i]: int(n) for i, n in zip(items, count, strict=True)}

    def _situation(self, engine: Engine, written: Prescription, months: float) -> Situation:
        past = self._histories.get(written.doctor)
        order = int(past.order[-1]) + 1 if past is not None else 0
        now = one_visit(written, engine.terms, months, order)
        past = past if past is not None else now.take(np.zeros(0, dtype=np.int64))
        n = len(past)
        pairs = np.zeros(n, dtype=np.int64), np.arange(n)
        return situation(engine.parts, now, past, compared(now, past, *pairs, engine.terms))


def _picked(
    engine: Engine, abreast: Abreast, at: Situation, made: Slate, pills: int
) -> dict[str, Picked]:
    """Rank the candidates of every field, and look up why the best ones are there."""
    numbers = {name: numbers_of(made, abreast, name) for name in abreast.fields}
    raw = np.concatenate([engine.rankers[name].raw(rows) for name, rows in numbers.items()])
    top = best_of_candidates(made.field, made.item, raw, len(abreast.fields), pills)
    first = np.searchsorted(made.field, np.arange(len(abreast.fields)))
    found = {}
    for number, name in enumerate(abreast.fields):
        chosen = made.place[top[number][top[number] >= 0]]
        kinds, effects, base = engine.rankers[name].parts(numbers[name][chosen - first[number]])
        items = made.item[chosen] - abreast.start[number]
        found[name] = Picked(name, items, raw[chosen], kinds, effects, base, made.shares[chosen],
                             made.evidence, _habits(at, made, name, chosen))  # fmt: skip
    return found


def _habits(at: Situation, made: Slate, name: str, chosen: Ints) -> Habits:
    """Visits that hold each of the chosen candidates, among those like this one and among all."""
    weight = at.histories.weight[:, KINDS.index(FIELDS[name].similar)] > 0
    place, width = made.place[made.own.item], len(made.item)
    known = place >= 0
    alike = known & weight[made.own.visit]
    counts = [np.bincount(place[those], minlength=width)[chosen] for those in (alike, known)]
    return Habits(counts[0], int(weight.sum()), counts[1], len(at.past))


def histories_of(table: Visits, doctors: list[str]) -> dict[str, Visits]:
    """The newest visits of every doctor, oldest first; ``table`` numbers doctors as in the list."""
    line = np.lexsort((table.order, table.doctor))
    bounds = np.searchsorted(table.doctor[line], np.arange(len(doctors) + 1))
    found = {}
    for number, (start, stop) in enumerate(pairwise(bounds.tolist())):
        if stop > start:
            found[doctors[number]] = table.take(line[max(start, stop - LONGEST) : stop])
    return found


def with_more_terms(
    engine: Engine, added: Mapping[str, Iterable[str]],
    molecule_of: Mapping[str, str] | None = None, spare: Mapping[str, int] | None = None,
) -> Engine:  # fmt: skip
    """The engine with new terms in the free places of its lists; without a place, left out.

    ``molecule_of`` gives the molecules of new brands: they then compete with their siblings.
    ``spare`` are places that stay free.
    """
    terms = engine.terms
    fresh = {
        name: [term for term in dict.fromkeys(wanted) if term and term not in terms.number[name]]
        for name, wanted in added.items()
    }
    if not any(fresh.values()):
        return engine
    changed = {name: list(found) for name, found in terms.terms.items()}
    for name, wanted in fresh.items():
        free = [at for at, term in enumerate(changed[name]) if not term]
        free = free[: max(len(free) - (spare or {}).get(name, 0), 0)]
        for at, term in zip(free, wanted, strict=False):
            changed[name][at] = term
    changed["molecule-new"] = changed["molecule"]
    known = {**(molecule_of or {}), **terms.molecule_of}
    more = replace(terms, terms=changed, molecule_of=known)
    brands = replace(engine.parts.brands, molecule=more.molecules)
    return Engine(replace(engine.parts, terms=more, brands=brands), engine.rankers)


def _free(engine: Engine) -> dict[str, int]:
    """How many places of each list are free."""
    return {name: sum(not term for term in found) for name, found in engine.terms.terms.items()}


def _codes(written: Prescription) -> dict[str, list[str]]:
    """What is entered, by field: a medicine is a brand and a molecule."""
    found = {
        ("brand" if name == "medicine" else name): [entry.code for entry in written.of(name)]
        for name in SECTIONS
    }
    return {**found, "molecule": [entry.molecule for entry in written.of("medicine")]}
