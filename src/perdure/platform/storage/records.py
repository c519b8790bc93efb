"""Which contents were taken into which table, and the journals of solutions."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, String, Table, Text, UniqueConstraint

from perdure.platform.storage.metadata import METADATA, SEQUENCE, Moment

INGESTS = Table(
    "ingests",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("table_name", String(64), nullable=False),
    Column("source", String(1024), nullable=False),
    Column("contract", String(64), nullable=False),
    Column("content", String(64), nullable=False),
    Column("rows_read", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("restated", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("by_rule", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
)
"""One row per content that was taken in; the last thing that an ingest writes."""

Index("ix_ingests_table_name_at", INGESTS.c.table_name, INGESTS.c.at)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("sequence", SEQUENCE, primary_key=True),
    Column("solution", String(64), nullable=False),
    Column("case", String(64), nullable=False),
    Column("key", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("solution", "case", "key"),
    Index(None, "solution", "case", "kind", "sequence"),
    Index(None, "solution", "case", "subject", "sequence"),
)
"""What solutions that serve online answered and were told, append-only; ``key`` is of a case."""
