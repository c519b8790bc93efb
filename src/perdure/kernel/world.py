"""A generated world with a known answer: sample data that can also respond to decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


class World(Protocol):
    """Sample tables of a solution, and what would happen next.

    The truth behind the tables is known, so a model can be compared with the best possible one.
    """

    cases: tuple[str, ...]
    start: datetime
    horizon: datetime

    def tables(self, until: datetime, *, since: datetime | None = None) -> Mapping[str, pa.Table]:
        """Rows of every table that happened in ``(since, until]``, in the contract's columns."""
        ...

    def best_possible(self, case: str, at: datetime) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Entities and their true probability of the event after ``at``, without any decision."""
        ...

    def respond(
        self, treated: Mapping[str, tuple[str, ...]], start: datetime, end: datetime
    ) -> Mapping[str, pa.Table]:
        """Rows of ``(start, end]`` where exactly ``treated`` (entities by case) were acted on."""
        ...
