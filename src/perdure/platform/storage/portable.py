"""Statements that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import Insert


def insert_new(table: Table, keys: Sequence[str], dialect: str = "sqlite") -> Insert:
    """An insert that leaves a row alone when one with the same ``keys`` is there already.

    >>> from sqlalchemy import Column, Integer, MetaData
    >>> print(insert_new(Table("t", MetaData(), Column("id", Integer)), ["id"]))
    INSERT INTO t (id) VALUES (:id) ON CONFLICT (id) DO NOTHING
    """
    return _insert(table, dialect).on_conflict_do_nothing(index_elements=list(keys))


def upsert(
    table: Table, keys: Sequence[str], columns: Sequence[str], dialect: str = "sqlite"
) -> Insert:
    """An insert that overwrites ``columns`` when a row with the same ``keys`` is there already."""
    statement = _insert(table, dialect)
    changed = {name: statement.excluded[name] for name in columns}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changed)


def _insert(table: Table, dialect: str) -> sqlite.Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        # The two dialects' inserts have the same methods and no common type for them.
        return postgresql.insert(table)  # type: ignore[return-value]
    return sqlite.insert(table)
