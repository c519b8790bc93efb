"""Tables of the run ledger: what was run on what, its finished steps, and who holds which work."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from perdure.platform.storage.metadata import METADATA, Moment

RUNS = Table(
    "runs",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("pipeline", String(128), nullable=False),
    Column("key", String(256), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("outputs", JSON),
    Column("error", Text),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Unique("pipeline", "key"),
    Index(None, "started_at"),
)
"""One row a (pipeline, key); ``state`` is ``running``, ``finished`` or ``failed``."""

RUN_STEPS = Table(
    "run_steps",
    METADATA,
    Column("run", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("key", String(256), nullable=False),
    Column("outputs", JSON, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment, nullable=False),
)
"""One row a finished step: a step without a row is done again when its run is resumed."""

LEASES = Table(
    "leases",
    METADATA,
    Column("name", String(512), primary_key=True),
    Column("holder", String(40)),
    Column("fence", Integer, nullable=False),
    Column("machine", String(256), nullable=False),
    Column("process", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
)
"""Who may do a named piece of work; ``holder`` is NULL when nobody does.

``fence`` grows each time the work changes hands, so that a writer who lost it can be told.
"""
