"""Restrictions that follow from a solution's own tables: deferrals, intervals, what law forbids.

They are asked for wherever the stored ones are read, and looked at by the same rules. What they
cannot tell stops every decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import Connection

from perdure.kernel.discovery import solutions
from perdure.kernel.errors import LimitError
from perdure.platform.decisions.restrictions import SCHEMA, known_restrictions

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class Asked:
    """For which solution and case, at which moment, about whom."""

    solution: str
    case: str
    at: datetime
    entities: tuple[str, ...]

    @classmethod
    def about(
        cls, solution: str, case: str, at: datetime, entities: pl.Series | Sequence[str]
    ) -> Asked:
        """Each entity once, as the limits compare it: without the blanks around its name."""
        named = pl.Series("entity", entities, dtype=pl.String).drop_nulls().str.strip_chars()
        return cls(solution, case, at, tuple(named.unique(maintain_order=True)))


def all_restrictions(
    project: Project, connection: Connection, asked: Asked, *, few: bool
) -> pl.DataFrame:
    """Stored restrictions and consents, and those that the solution derives from its tables.

    ``few``: read only the stored ones of the entities, not all. The columns of ``SCHEMA``.
    Raises LimitError when either cannot be told: nobody may be contacted then.
    """
    stored = known_restrictions(connection, asked.solution, asked.entities if few else None)
    return pl.concat([stored, derived_restrictions(project, asked)])


def derived_restrictions(project: Project, asked: Asked) -> pl.DataFrame:
    """What the solution's manifest says by ``restrict``; nothing for a solution without it."""
    try:
        manifest = solutions().get(asked.solution)
        if manifest is None or not manifest.restrict:
            return pl.DataFrame(schema=SCHEMA)
        restrict = manifest.code("restrict")
        found = restrict(
            project, project.settings(manifest), asked.case, asked.at, asked.entities
        ).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    except LimitError:
        raise
    except Exception as error:
        raise LimitError(
            f"the restrictions of '{asked.solution}' cannot be told, so nobody may be contacted: "
            f"{str(error)[:500]}",
            where="restrict",
            hint=f"perdure why {asked.solution}",
        ) from error
    return _whole(found, asked.solution)


def _whole(found: pl.DataFrame, solution: str) -> pl.DataFrame:
    if gaps := sum(found.null_count().row(0)):
        raise LimitError(
            f"the restrictions of '{solution}' have {gaps} gaps, so nobody may be contacted",
            where="restrict",
            expected=", ".join(SCHEMA),
        )
    return found
