"""What the operational store remembers and the disk has no more, or the other way round."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from perdure.kernel.errors import IntegrityError
from perdure.platform.storage.records import INGESTS

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

_KEPT = {"models": "artifacts/*", "tables": "lake/*/_delta_log/*.json"}


def check_store(path: Path) -> None:
    """Raise IntegrityError when a store is missing or empty while models or tables are kept.

    A new one in its place would know nothing of decisions, contacts and restrictions, and the
    limits would let pass what they must stop.
    """
    if path.exists() and path.stat().st_size:
        return
    kept = [what for what, where in _KEPT.items() if any(path.parent.glob(where))]
    if kept:
        raise IntegrityError(
            f"the store is {'empty' if path.exists() else 'missing'}, "
            f"but {' and '.join(kept)} are kept beside it",
            where=str(path),
            hint="restore it from a backup; without one, begin a new project (perdure init)",
        )


def lost_tables(project: Project) -> tuple[str, ...]:
    """Tables that were filled once and are not in the lake: their log or folder is gone."""
    if not project.ops.is_there:
        return ()
    with project.ops.connect() as connection:
        filled = select(INGESTS.c.table_name).where(INGESTS.c.stored > 0).distinct()
        names = set(connection.execute(filled).scalars())
    return tuple(sorted(name for name in names if not project.lake.exists(name)))


def told(name: str) -> str:
    """What to say of a lost table."""
    return f"table '{name}' was filled before, and its log is gone"


def refuse_lost(project: Project, name: str) -> None:
    """Raise IntegrityError for a lost table: rows taken in now would start another one."""
    if not project.lake.exists(name) and name in lost_tables(project):
        raise IntegrityError(
            told(name),
            where=str(project.lake.root / name),
            hint="restore var/lake from a backup; without one, import into a new project",
        )
