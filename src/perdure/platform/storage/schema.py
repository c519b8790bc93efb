"""Bringing a store's tables to the version that this release needs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from perdure.kernel.errors import StoreError

HEAD = "0003"
"""The newest revision; written here so that opening a store need not load Alembic."""

MIGRATIONS = Path(__file__).parent / "migrations"

_TURN = threading.Lock()

Transaction = Callable[[], AbstractContextManager[Connection]]


def migrate(reader: Engine, write: Transaction) -> None:
    """Bring the store to ``HEAD``; does nothing, in one small read, when it is there already.

    Raises StoreError for a store that a later release has written.
    """
    with reader.begin() as connection:
        if revision(connection) == HEAD:
            return
    with write() as connection:
        # Another process may have done it while this one waited for the lock.
        if revision(connection) != HEAD:
            _upgrade(connection)


def revision(connection: Connection) -> str | None:
    """The revision that the store is at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    """Alembic keeps its state in a module, so two stores of one process take turns."""
    with _TURN:
        _to_head(connection)


def _to_head(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if (found := revision(connection)) not in {None, *known}:
        raise StoreError(
            f"the store was written by a later release (revision {found})",
            where=str(connection.engine.url),
            hint="upgrade perdure",
        )
    command.upgrade(config, "head")
