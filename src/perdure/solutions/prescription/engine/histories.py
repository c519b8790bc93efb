"""The doctor's own earlier visits, and how much each of them resembles the one at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from perdure.methods.recommend.membership import Floats, Ints, Membership, spans
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary

KINDS = ("all", "latest", "age-sex", "complaint", "category", "diagnosis", "molecule", "alike")
"""Ways in which an earlier visit counts."""

LATEST_HALF_LIFE = 6.0
"""In visits: habits of the day weigh more than those of the week before."""

MONTHS_HALF_LIFE = 6.0
"""In months: what the doctor chose half a year ago counts half (reference, brand step)."""

LONGEST = 200
"""Earlier visits of a doctor that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Histories:
    """Pairs of a visit at hand (``row``) and an earlier visit of its doctor (``of``), with weights.

    ``weight`` is (pairs, kinds): how much the earlier visit counts in each way.
    """

    row: Ints
    of: Ints
    weight: Floats

    def sums(self, items: Membership, n: int) -> tuple[Floats, Floats]:
        """Weighted counts (n, kinds, items) of earlier entries, and the weights' sums (n, kinds).

        ``items`` are the entries of the earlier visits.
        """
        kinds = len(KINDS)
        sizes = items.sizes[self.of]
        entries = items.indices[spans(items.indptr[self.of], sizes)]
        who = np.repeat(self.row, sizes)
        dense = np.empty((kinds, n * items.width), dtype=np.float32)
        for kind in range(kinds):
            weight = np.repeat(self.weight[:, kind], sizes)
            dense[kind] = np.bincount(
                who * items.width + entries, weights=weight, minlength=n * items.width
            )
        total = np.stack(
            [np.bincount(self.row, weights=self.weight[:, k], minlength=n) for k in range(kinds)],
            axis=1,
        )
        return (
            dense.reshape(kinds, n, items.width).transpose(1, 0, 2),
            total.astype(np.float32),
        )


def earlier(visits: Visits, rows: Ints) -> tuple[Ints, Ints]:
    """Pairs (position in ``rows``, visit) of strictly earlier visits of the same doctor."""
    line = np.lexsort((visits.order, visits.doctor))
    place = np.empty(len(visits), dtype=np.int64)
    place[line] = np.arange(len(visits))
    doctors, order = visits.doctor[line], visits.order[line]
    # The first place with the doctor's own order number: visits at the same moment are not earlier.
    key = doctors.astype(np.int64) * (int(order.max(initial=0)) + 1) + order
    until = np.searchsorted(key, key[place[rows]])
    first = np.maximum(np.searchsorted(doctors, visits.doctor[rows]), until - LONGEST)
    sizes = until - first
    return np.repeat(np.arange(len(rows)), sizes), line[spans(first, sizes)]


def compared(now: Visits, past: Visits, row: Ints, of: Ints, terms: Vocabulary) -> Histories:
    """Weigh each pair (visit of ``now``, visit of ``past``) by what they have in common."""
    behind = np.maximum(now.order[row] - past.order[of], 1)
    faded = 0.5 ** (np.maximum(now.months[row] - past.months[of], 0) / MONTHS_HALF_LIFE)
    person = (np.abs(now.age_band[row] - past.age_band[of]) <= 1) & (now.sex[row] == past.sex[of])
    kinds = len(terms.categories)
    common = {
        name: _in_common(now.sets[name], past.sets[name], row, of)
        for name in ("complaint", "diagnosis", "molecule")
    }
    wide = np.zeros(len(row), dtype=np.int64)
    if len(now.sets["diagnosis"].indices):
        wide = _in_common(
            now.sets["diagnosis"].mapped(terms.categories, kinds),
            past.sets["diagnosis"].mapped(terms.categories, kinds), row, of,
        )  # fmt: skip
    weight = {
        "all": np.ones(len(row)),
        "latest": 0.5 ** (behind / LATEST_HALF_LIFE),
        "age-sex": person,
        "complaint": common["complaint"] > 0,
        "category": wide > 0,
        "diagnosis": common["diagnosis"] > 0,
        "molecule": common["molecule"] > 0,
        "alike": 2 * common["diagnosis"] + wide + common["complaint"] + person,
    }
    return Histories(row, of, _stacked(weight, faded))


def _stacked(weight: Mapping[str, np.ndarray], faded: np.ndarray) -> Floats:
    return np.stack([weight[name] * faded for name in KINDS], axis=1).astype(np.float32)


def _in_common(now: Membership, past: Membership, row: Ints, of: Ints) -> Ints:
    """How many items each pair shares."""
    if not len(row) or not len(now.indices):
        return np.zeros(len(row), dtype=np.int64)
    held = np.zeros((len(now), now.width), dtype=bool)
    held[now.rows, now.indices] = True
    sizes = past.sizes[of]
    entries = past.indices[spans(past.indptr[of], sizes)]
    pair = np.repeat(np.arange(len(row)), sizes)
    return np.bincount(pair, weights=held[row[pair], entries], minlength=len(row)).astype(np.int64)
