"""The operational store: decisions, feedback, runs, aliases; nothing promised is ever lost.

SQLite with write-ahead log and ``synchronous=FULL``; readers see the last committed state and
never wait. The same SQLAlchemy Core statements run on PostgreSQL. Not to be carried across a
fork: start child processes afresh.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, make_url
from sqlalchemy.sql.dml import Insert

from perdure.kernel.errors import StoreError
from perdure.platform.storage import engines, portable
from perdure.platform.storage.failures import is_disk_failure, named_failures
from perdure.platform.storage.filelock import FileLock
from perdure.platform.storage.lost import check_store
from perdure.platform.storage.schema import migrate
from perdure.platform.storage.soundness import Presence, check_after_crash, check_place

WAIT_SECONDS = 15.0


class Ops:
    """One operational store, by path (SQLite) or SQLAlchemy URL.

    ``begin()`` opens a write transaction, ``connect()`` a consistent read. A store that is
    locked for longer than ``wait_seconds`` gives a StoreError. Opened, checked and migrated at
    first use.
    """

    def __init__(self, target: Path | str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self.url = make_url(f"sqlite:///{target}" if isinstance(target, Path) else target)
        self.wait_seconds = wait_seconds
        self._opening = threading.RLock()
        self._ready = False
        self._broken: str | None = None
        self._presence: Presence | None = None

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.url.get_backend_name()

    @property
    def path(self) -> Path | None:
        """The database file; None on a server."""
        name = self.url.database
        return Path(name) if self.dialect == "sqlite" and name else None

    @property
    def where(self) -> str:
        """The store as named in messages: its file, or its address without the password."""
        return str(self.path or self.url)

    @cached_property
    def engine(self) -> Engine:
        """The engine that writes; use ``begin()`` unless a library wants an engine."""
        return self._closed_at_last(engines.writing(self.url, self.wait_seconds))

    @cached_property
    def _reader(self) -> Engine:
        return self._closed_at_last(engines.reading(self.url, self.wait_seconds))

    @cached_property
    def _lock(self) -> FileLock | None:
        return FileLock(self.path.with_name(self.path.name + ".lock")) if self.path else None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction: durable when the block has ended, undone when it raised.

        Raises StoreError when the store is busy, full, read-only or damaged. Not to be nested.
        """
        self.migrate()
        with self._write() as connection:
            yield connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A read of one consistent state; never waits for writers, and cannot write."""
        self.migrate()
        with named_failures(self.where), self._reader.begin() as connection:
            yield connection

    @property
    def is_there(self) -> bool:
        """Whether anything was ever written to it; asking does not make it."""
        return self.path is None or self.path.exists()

    def migrate(self) -> None:
        """Open the store, check it after a crash, bring its tables to this version. Repeatable."""
        if self._ready:
            return
        with self._opening:
            if not self._ready:
                self._open()
                migrate(self._reader, self._write)
                self._ready = True

    def insert_new(self, table: Table, *keys: str) -> Insert:
        """An insert into ``table`` that skips rows whose ``keys`` are there already."""
        return portable.insert_new(table, keys, self.dialect)

    def upsert(self, table: Table, keys: tuple[str, ...], columns: tuple[str, ...]) -> Insert:
        """An insert into ``table`` that overwrites ``columns`` of rows with the same ``keys``."""
        return portable.upsert(table, keys, columns, self.dialect)

    def close(self) -> None:
        """Close all connections; the store opens again at its next use."""
        with self._opening:
            for engine in ("engine", "_reader"):
                if engine in self.__dict__:
                    self.__dict__.pop(engine).dispose()
            if "_lock" in self.__dict__ and self._lock:
                self._lock.close()
            if self._presence:
                self._presence.close()
            self._presence, self._ready = None, False

    def _open(self) -> None:
        if self.path is None:
            return
        check_place(self.path)
        check_store(self.path)
        self._presence = Presence(self.path)
        if self._presence.alone:
            check_after_crash(self.path, self.wait_seconds)
        self._presence.share()
        with named_failures(self.where):
            if not engines.is_prepared(self.path, self.wait_seconds):
                with self._held():
                    engines.prepare(self.path, self.wait_seconds)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        if self._broken:
            raise StoreError(self._broken, where=self.where, hint="check the disk, then restart")
        try:
            with (
                named_failures(self.where),
                self._held(),
                self.engine.begin() as connection,
            ):
                yield connection
        except StoreError as error:
            if is_disk_failure(error):
                # After a failed fsync the kernel may have dropped the pages: what a later
                # commit would report cannot be believed, so this process writes no more.
                self._broken = "the disk failed during an earlier write"
            raise

    def _closed_at_last(self, engine: Engine) -> Engine:
        # A log left behind means that a process was killed, so a normal exit must take it away.
        weakref.finalize(self, engine.dispose)
        return engine

    def _held(self) -> AbstractContextManager[object]:
        return self._lock.held(self.wait_seconds) if self._lock else nullcontext()
