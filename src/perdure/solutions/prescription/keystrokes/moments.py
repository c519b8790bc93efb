"""Every entry of past visits as the next thing to be entered: what stands there already."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.recommend.membership import Ints, Membership, spans
from perdure.solutions.prescription.engine.batches import Asked
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary

ORDER = ("complaint", "diagnosis", "brand", "lab", "advice")
"""The order in which a prescription is written; a medicine is entered by its brand."""


@dataclass(frozen=True, slots=True)
class Moments:
    """One moment an entry: which of the visits it belongs to, and what is entered next."""

    visit: Ints
    item: Ints
    asked: Asked


def moments(table: Visits, rows: Ints, name: str, terms: Vocabulary) -> Moments:
    """All moments of one field: earlier fields are complete, later ones empty.

    Within a field the entries come in the order of their codes.
    """
    whole = table.take(rows)
    entries = whole.sets[name]
    visit = entries.rows
    before = np.arange(len(visit)) - entries.indptr[:-1][visit]
    given = Membership(
        np.concatenate([[0], np.cumsum(before)]),
        entries.indices[spans(entries.indptr[visit], before)], entries.width,
    )  # fmt: skip
    shown = set(ORDER[: ORDER.index(name)])
    if "brand" in shown:
        shown |= {"molecule", "molecule-new"}
    entered = {name: given}
    if name == "brand":
        entered["molecule"] = given.mapped(terms.molecules, terms.width("molecule"))
    now = whole.showing(shown).take(visit).with_entries(entered)
    ends = np.arange(len(visit) + 1)
    truth = Membership(ends, entries.indices, entries.width)
    return Moments(visit, entries.indices, Asked(rows[visit], now, truth))
