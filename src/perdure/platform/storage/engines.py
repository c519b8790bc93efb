"""SQLAlchemy engines: one that writes, one that only reads, with SQLite set to lose nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event

from perdure.kernel.errors import StoreError

WRITE_LOCK = 7_305_445_131
"""The number of the advisory lock that a write transaction holds on a server."""


def writing(url: URL, wait_seconds: float) -> Engine:
    """The engine whose transactions take the write lock at once, not at their first write."""
    if url.get_backend_name() != "sqlite":
        return _server(url, wait_seconds)
    return _sqlite(url, wait_seconds, ("PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"), True)


def reading(url: URL, wait_seconds: float) -> Engine:
    """The engine whose transactions each see one state, and refuse to write."""
    if url.get_backend_name() != "sqlite":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return create_engine(url, pool_pre_ping=True, execution_options=options)
    return _sqlite(url, wait_seconds, ("PRAGMA query_only=ON",), False)


def prepare(path: Path, wait_seconds: float) -> None:
    """Create the database file where it is missing, readable by its owner only, and set WAL."""
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path, timeout=wait_seconds)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise StoreError(
            f"SQLite cannot keep a write-ahead log here (journal mode stays '{mode}')",
            where=str(path),
            hint="move the project to a local disk, or use PostgreSQL",
        )


def is_prepared(path: Path, wait_seconds: float) -> bool:
    """Whether the file is a database in WAL mode.

    Asked through SQLite: a process that opens and closes the file by itself drops the locks of
    all its own connections to it, and the log could be deleted under them.
    """
    if not path.exists():
        return False
    with closing(sqlite3.connect(path, timeout=wait_seconds)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    return bool(mode == "wal")


def _server(url: URL, wait_seconds: float) -> Engine:
    """One writer at a time on a server too: what reads before it writes relies on that."""
    engine = create_engine(url, pool_pre_ping=True)

    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(wait_seconds * 1000)}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")

    event.listen(engine, "begin", on_begin)
    return engine


def _sqlite(url: URL, wait_seconds: float, pragmas: tuple[str, ...], writes: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": wait_seconds},
        pool_size=1 if writes else 8,
        max_overflow=-1,
    )

    def on_connect(connection: Any, _record: object) -> None:
        # The driver's own transaction control begins too late and too weakly.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma).close()

    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine
