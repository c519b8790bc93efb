"""Whether a store may be opened at all, and whether it survived a crash whole."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from perdure.kernel.errors import IntegrityError, StoreError
from perdure.platform.storage.filesystem import refuse_network

CHECK_BELOW_BYTES = 64 * 2**20
"""Files up to this size are checked after a crash (under 0.2 s); larger ones by ``doctor``."""


def check_place(path: Path) -> None:
    """Raise when there can be no store at ``path``: a network disk, or no access."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(
            f"the store cannot be opened: {error.strerror}", where=str(path)
        ) from error
    refuse_network(path)


class Presence:
    """A mark, dropped by the kernel at death, that this process has the store open."""

    def __init__(self, path: Path) -> None:
        mark = path.with_name(path.name + ".open")
        self._descriptor = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.alone = self._try(fcntl.LOCK_EX)

    def share(self) -> None:
        """Let others open the store; they then know that it is in use."""
        self._try(fcntl.LOCK_SH)

    def close(self) -> None:
        """Take the mark away."""
        os.close(self._descriptor)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def check_after_crash(path: Path, wait_seconds: float) -> None:
    """Check a store that nobody has open but whose log is not empty: its last user was killed.

    SQLite recovers the log by its checksums; this proves that the result is whole.
    """
    log = path.with_name(path.name + "-wal")
    crashed = log.exists() and log.stat().st_size > 0
    if crashed and path.stat().st_size + log.stat().st_size <= CHECK_BELOW_BYTES:
        quick_check(path, wait_seconds)


def quick_check(path: Path, wait_seconds: float) -> None:
    """Raise IntegrityError when SQLite finds the database damaged."""
    try:
        with closing(sqlite3.connect(path, timeout=wait_seconds)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        # A full or read-only disk says nothing about what is stored.
        raise StoreError(
            f"the store cannot be checked: {error}", where=str(path), hint="check disk and rights"
        ) from error
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise IntegrityError(
            f"the store is damaged: {found}", where=str(path), hint="restore it from a backup"
        )
