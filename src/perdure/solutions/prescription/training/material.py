"""The visits of a training run, oldest first, and which part of them each step may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import polars as pl
import pyarrow as pa

from perdure.kernel.errors import NotEnoughData
from perdure.methods.recommend.membership import Ints
from perdure.solutions.prescription.engine.encoding import encode, learn_vocabulary
from perdure.solutions.prescription.engine.frames import Frames, frames, months_of
from perdure.solutions.prescription.engine.visits import Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary

PARTS, RANKED = 0.65, 0.85
"""Visits up to here are counted, up to here ranked and tuned on; the rest is measured on."""

FEWEST = 200
"""Visits below which nothing is trained."""


class Reads(Protocol):
    """Tables as they were known at a moment."""

    def read(self, name: str) -> pa.Table:
        """All rows of the table."""
        ...


@dataclass(frozen=True, slots=True)
class Material:
    """Encoded visits in order of time, with the moment of the first and the last."""

    visits: Visits
    terms: Vocabulary
    doctors: list[str]
    when: list[datetime]
    notes: dict[str, Any]

    @property
    def early(self) -> Ints:
        """Visits that are counted first."""
        return np.arange(int(len(self.visits) * PARTS))

    @property
    def middle(self) -> Ints:
        """Visits on which rankers and weights are learned, unseen by the first counts."""
        return np.arange(int(len(self.visits) * PARTS), int(len(self.visits) * RANKED))

    @property
    def late(self) -> Ints:
        """Visits on which the candidate is measured."""
        return np.arange(int(len(self.visits) * RANKED), len(self.visits))

    def months(self, row: int) -> float:
        """The time of a visit in months."""
        return months_of(self.when[row])


def read_material(tables: Reads, specialties: tuple[str, ...], free_terms: int) -> Material:
    """The visits of the tables. Raises NotEnoughData when there are too few."""
    found = tables_as_frames(tables, specialties)
    n = found.visits.height
    if n < FEWEST:
        raise NotEnoughData(
            f"{n} visits are too few to learn from", expected=f"at least {FEWEST}",
            hint="perdure data import prescription_visit FILE",
        )  # fmt: skip
    terms = learn_vocabulary(found.visits, found.entries, found.names, reserve=free_terms)
    visits = encode(found.visits, found.entries, terms)
    when = found.visits["event_time"].to_list()
    notes = {"visits": n, "entries": found.entries.height, "doctors": len(found.doctors)}
    return Material(visits, terms, found.doctors, when, notes)


def tables_as_frames(tables: Reads, specialties: tuple[str, ...] = ()) -> Frames:
    """Visits (of the specialties, when some are named), their entries, and names of terms."""
    listed = pl.DataFrame(tables.read("prescription_visit"))
    if specialties:
        listed = listed.filter(pl.col("specialty").is_in(list(specialties)))
    entered = pl.DataFrame(tables.read("prescription_entry")).join(listed, on="visit", how="semi")
    return frames(listed, entered, pl.DataFrame(tables.read("prescription_term")))
