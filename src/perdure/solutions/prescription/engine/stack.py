"""The served ranker: boosted trees over everything that the parts say about a candidate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from perdure.methods.recommend.membership import Ints
from perdure.methods.recommend.ranker import Ranker, RankerSettings
from perdure.solutions.prescription.engine.batches import (
    Asked,
    Learnable,
    as_written,
    learnable,
    partly_written,
)
from perdure.solutions.prescription.engine.candidates import columns
from perdure.solutions.prescription.engine.fields import (
    BASE,
    COMPLAINT,
    DIAGNOSIS,
    ENTERED,
    FIELDS,
)
from perdure.solutions.prescription.engine.parts import Parts
from perdure.solutions.prescription.engine.visits import Visits

HELD_OUT = 0.15
"""Share of the tuning visits, the latest, that stop the growth of the trees."""

FEW_CODES = 100

INTERRUPTED = 0.4
"""Share of the tuning visits that are learned a second time as they look halfway."""

_KINDS: Mapping[str, str] = {
    **dict.fromkeys(BASE, "person"),
    **dict.fromkeys(COMPLAINT, "complaint"),
    **dict.fromkeys(DIAGNOSIS, "diagnosis"),
    **dict.fromkeys(ENTERED, "entered"),
}


@dataclass(frozen=True, slots=True)
class StackSettings:
    """How much is learned from."""

    visits: int = 10_000
    seed: int = 0
    ranker: RankerSettings = field(default_factory=RankerSettings)


def kinds(name: str) -> dict[str, str]:
    """The kind of reason that each number of a candidate stands for."""
    return {column: _kind(column) for column in columns(name)}


def _kind(column: str) -> str:
    """One of person, complaint, diagnosis, entered, habit, together, common.

    >>> _kind("share-category-specialty"), _kind("times-all"), _kind("ease-gap")
    ('diagnosis', 'habit', 'together')
    """
    head, _, rest = column.partition("-")
    if head in {"share", "evidence"}:
        return _KINDS[rest]
    if head in {"times", "rate", "visits", "choice"}:
        return "habit"
    if head in {"age", "sex", "specialty"}:
        return "person"
    return {"popularity": "common", "words": "complaint", "entered": "entered"}.get(
        head, "together"
    )


def fit_stack(
    parts: Parts, table: Visits, rows: Ints, name: str, chosen: StackSettings | None = None
) -> Ranker:
    """Learn from visits ``rows`` (in order of time) that ``parts`` did not see.

    Each visit is asked about as it looks when the field is written, and some of them once more
    as they look halfway, so that one ranker serves the empty field and the next entry alike.
    """
    settings = chosen or StackSettings()
    rows = drawn(rows, settings.visits, settings.seed)
    later = rows[int(len(rows) * (1 - HELD_OUT)) :]
    known = np.setdiff1d(rows, later)
    held_out = learnable(parts, table, as_written(table, later, name), name)
    learned = [
        learnable(parts, table, asked, name)
        for asked in _asked(parts, table, known, name, settings)
    ]
    return Ranker.fit(
        np.concatenate([x.found.numbers for x in learned]),
        np.concatenate([x.hit for x in learned]),
        np.concatenate([x.sizes for x in learned]),
        columns=columns(name), kinds=kinds(name), settings=settings.ranker,
        held_out=_as_tuple(held_out),
    )  # fmt: skip


def drawn(rows: Ints, count: int, seed: int) -> Ints:
    """At most ``count`` of the rows, evenly drawn, in their order."""
    if len(rows) <= count:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, count, replace=False))


def enough(codes: int, visits: int) -> int:
    """Visits to learn from: a field of few codes has few candidates a visit, so it takes more.

    >>> enough(28, 1_000), enough(3_000, 1_000)
    (3000, 1000)
    """
    return visits * 3 if codes < FEW_CODES else visits


def molecule_first(fields: Iterable[str]) -> list[str]:
    """The fields in the order in which they are tuned: brands build on the tuned molecule.

    >>> molecule_first(["brand", "molecule"])
    ['molecule', 'brand']
    """
    return sorted(fields, key=lambda name: (name == "brand", list(FIELDS).index(name)))


def _asked(
    parts: Parts, table: Visits, rows: Ints, name: str, settings: StackSettings
) -> list[Asked]:
    some = rows[: max(int(len(rows) * INTERRUPTED), 1)]
    halfway = partly_written(table, some, name, parts.terms.molecules, settings.seed)
    return [as_written(table, rows, name), halfway]


def _as_tuple(found: Learnable) -> tuple[np.ndarray, np.ndarray, Ints]:
    return found.found.numbers, found.hit, found.sizes
