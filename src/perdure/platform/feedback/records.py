"""The tables of feedback and outcomes."""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Index, String, Table, Text

from perdure.platform.decisions.records import DECISIONS
from perdure.platform.storage.metadata import METADATA, SEQUENCE, Moment

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("sequence", SEQUENCE, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("decision", String(64), ForeignKey(DECISIONS.c.id), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", String(32)),
    Column("value", Double),
    Column("note", Text),
    Column("extra", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Index(None, "decision", "kind"),
    Index(None, "kind", "at"),
)
"""What was said about decisions, append-only; ``key`` makes a repeat harmless."""

OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("sequence", SEQUENCE, primary_key=True),
    Column("decision", String(64), ForeignKey(DECISIONS.c.id), nullable=False),
    Column("contract", String(64), nullable=False),
    Column("index_at", Moment, nullable=False),
    Column("state", String(32), nullable=False),
    Column("label", Double),
    Column("amount", Double),
    Column("as_of", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Index(None, "decision", "contract"),
    Index(None, "contract", "state"),
)
"""What happened after decisions, once it could be known; a later ``as_of`` restates it."""
