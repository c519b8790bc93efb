"""What the database's own errors mean to a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError

from perdure.kernel.errors import IntegrityError, PerdureError, StoreError

_MEANINGS: dict[str, tuple[type[PerdureError], str, str]] = {
    "SQLITE_BUSY": (StoreError, "the store is busy: another program holds it", "try again"),
    "SQLITE_LOCKED": (StoreError, "the store is busy: another program holds it", "try again"),
    "SQLITE_FULL": (StoreError, "the disk is full; nothing was stored", "free some space"),
    "SQLITE_IOERR": (
        StoreError,
        "the disk failed; what was being stored may be lost",
        "check the disk",
    ),
    "SQLITE_READONLY": (StoreError, "the store cannot be written", "check its permissions"),
    "SQLITE_CANTOPEN": (StoreError, "the store cannot be opened", "check its permissions"),
    "SQLITE_CORRUPT": (IntegrityError, "the store is damaged", "restore it from a backup"),
    "SQLITE_NOTADB": (
        IntegrityError,
        "the file is not an SQLite database",
        "restore it from a backup",
    ),
}


@contextmanager
def named_failures(where: str) -> Iterator[None]:
    """Turn a failure of the store inside the block into a StoreError or IntegrityError.

    Errors of a statement itself (a broken constraint, bad SQL) pass unchanged.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        kind, what, hint = meaning
        raise kind(f"{what} ({_original(error)})", where=where, hint=hint) from error


def is_disk_failure(error: BaseException) -> bool:
    """Whether a named failure came from a failed fsync."""
    return error.__cause__ is not None and _code(error.__cause__).endswith("FSYNC")


def _meaning(error: BaseException) -> tuple[type[PerdureError], str, str] | None:
    code = _code(error)
    if code:
        return _MEANINGS.get("_".join(code.split("_")[:2]))
    if getattr(_original(error), "sqlstate", None) == "55P03":
        return _MEANINGS["SQLITE_BUSY"]
    if isinstance(error, OperationalError):
        return StoreError, "the database server refused", "look at the server's log"
    return None


def _code(error: BaseException) -> str:
    return getattr(_original(error), "sqlite_errorname", "")


def _original(error: BaseException) -> BaseException:
    """The driver's own error, which SQLAlchemy wraps."""
    return (error.orig or error) if isinstance(error, DBAPIError) else error
