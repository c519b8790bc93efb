"""Past visits as they looked while they were written, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from perdure.methods.recommend.membership import Ints, Membership
from perdure.solutions.prescription.engine.candidates import Candidates, candidates
from perdure.solutions.prescription.engine.fields import FIELDS
from perdure.solutions.prescription.engine.histories import compared, earlier
from perdure.solutions.prescription.engine.parts import Parts
from perdure.solutions.prescription.engine.scores import Scores, Situation, score, situation
from perdure.solutions.prescription.engine.visits import FIELDS as CODED
from perdure.solutions.prescription.engine.visits import Visits

AT_ONCE = 96
"""Visits that are scored together: bounded memory whatever the number of visits."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Visits of a table (``rows``) as they look at the moment of asking, and what comes next."""

    rows: Ints
    visits: Visits
    truth: Membership


def as_written(visits: Visits, rows: Ints, name: str) -> Asked:
    """Each visit with what comes before the field filled in, the field itself empty.

    Visits in which nothing was entered into the field are left out: there is nothing to find.
    """
    field = FIELDS[name]
    rows = rows[visits.sets[field.of].sizes[rows] > 0]
    whole = visits.take(rows)
    return Asked(rows, whole.showing(field.inputs), whole.sets[field.of])


def one_hidden(visits: Visits, rows: Ints, of: str, molecules: Ints, seed: int) -> Asked:
    """One entry of each visit hidden, drawn evenly; all its other entries given.

    ``molecules`` are those of the brands. Visits with a single entry are left out: nothing would
    be given.
    """
    rows = rows[visits.sets[of].sizes[rows] > 1]
    whole = visits.take(rows)
    entries = whole.sets[of]
    drawn = np.random.default_rng(seed).integers(0, entries.sizes)
    at = entries.indptr[:-1] + drawn
    n = np.arange(len(rows))
    hidden = Membership.pairs(n, entries.indices[at], len(rows), entries.width)
    return _given(whole, rows, of, hidden, molecules)


def partly_written(visits: Visits, rows: Ints, name: str, molecules: Ints, seed: int) -> Asked:
    """Visits interrupted at random: some of the field's entries and some other fields are there.

    ``molecules`` are those of the brands: what is given of a medicine is given in both fields.
    """
    of = FIELDS[name].of
    rows = rows[visits.sets[of].sizes[rows] > 0]
    whole = visits.take(rows)
    rng = np.random.default_rng(seed)
    entries = whole.sets[of]
    kept = rng.random(len(entries.indices)) < np.repeat(rng.random(len(rows)), entries.sizes)
    hidden = Membership.pairs(entries.rows[~kept], entries.indices[~kept], len(rows), entries.width)
    asked = _given(whole, rows, of, hidden, molecules)
    for other in CODED:
        if other not in {of, "brand", "molecule"}:
            asked = _forgetting(asked, other, rng.random(len(rows)) < 0.5)
    some = np.flatnonzero(hidden.sizes > 0)
    return Asked(rows[some], asked.visits.take(some), hidden.take(some))


def _given(whole: Visits, rows: Ints, of: str, hidden: Membership, molecules: Ints) -> Asked:
    given = {of: _without(whole.sets[of], hidden)}
    if of == "brand":
        given["molecule"] = _molecules_of(given[of], whole.sets["molecule"], molecules)
    elif of in {"molecule", "molecule-new"}:
        left = _without(whole.sets["molecule"], hidden)
        given |= {"molecule": left, "brand": _brands_of(left, whole.sets["brand"], molecules)}
    return Asked(rows, whole.with_entries(given), hidden)


def _molecules_of(brands: Membership, whole: Membership, molecules: Ints) -> Membership:
    """The molecules of the brands that are given: a hidden brand shows nothing of its molecule."""
    told = brands.mapped(molecules, whole.width)
    return _chosen(whole, told.holds(whole.rows, whole.indices))


def _brands_of(left: Membership, whole: Membership, molecules: Ints) -> Membership:
    """The brands of the molecules that are given; one whose molecule is not known is hidden."""
    of = molecules[whole.indices]
    return _chosen(whole, (of >= 0) & left.holds(whole.rows, of))


def _without(whole: Membership, hidden: Membership) -> Membership:
    return _chosen(whole, ~hidden.holds(whole.rows, whole.indices))


def _chosen(whole: Membership, kept: np.ndarray) -> Membership:
    return Membership.pairs(whole.rows[kept], whole.indices[kept], len(whole), whole.width)


def _forgetting(asked: Asked, name: str, gone: np.ndarray) -> Asked:
    found = asked.visits.sets[name]
    left = _chosen(found, ~gone[found.rows])
    return Asked(asked.rows, asked.visits.with_entries({name: left}), asked.truth)


def batches(
    parts: Parts, table: Visits, asked: Asked, name: str, at_once: int = AT_ONCE
) -> Iterator[tuple[slice, Situation, Scores]]:
    """Scores of the visits asked about; the doctor's history is what strictly came before."""
    pair, of = earlier(table, asked.rows)
    for start in range(0, len(asked.rows), at_once):
        part = slice(start, min(start + at_once, len(asked.rows)))
        # Pairs stand in the order of the visits that are asked about.
        here = slice(*np.searchsorted(pair, (part.start, part.stop)))
        now = asked.visits.take(np.arange(part.start, part.stop))
        row, past = pair[here] - start, of[here]
        made = situation(parts, now, table, compared(now, table, row, past, parts.terms))
        yield part, made, score(parts, name, made)


@dataclass(frozen=True, slots=True)
class Learnable:
    """Candidates with what became of them, and how many each visit has."""

    found: Candidates
    hit: np.ndarray
    sizes: Ints


def learnable(parts: Parts, table: Visits, asked: Asked, name: str) -> Learnable:
    """All candidates of the visits asked about, for a ranker to learn from."""
    made = []
    for part, here, scores in batches(parts, table, asked, name):
        found = candidates(parts, scores, here)
        made.append(Candidates(found.row + part.start, found.item, found.numbers))
    whole = Candidates(
        np.concatenate([c.row for c in made]),
        np.concatenate([c.item for c in made]),
        np.concatenate([c.numbers for c in made]),
    )
    hit = asked.truth.holds(whole.row, whole.item)
    sizes = np.bincount(whole.row, minlength=len(asked.rows))
    return Learnable(whole, hit.astype(np.float32), sizes)
