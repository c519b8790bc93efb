"""The table of the outbox: what was about to be sent, and what became of it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from perdure.platform.decisions.records import DECISIONS
from perdure.platform.storage.metadata import METADATA, Moment

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("decision", String(64), ForeignKey(DECISIONS.c.id), primary_key=True),
    Column("outbox", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("detail", String(200), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index(None, "state"),
)
"""One row a message. ``intent`` is written before it is sent: after a kill it says: perhaps."""
