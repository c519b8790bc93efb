"""The tables of decisions: the log, its head, its batches, what was blocked, restrictions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, Table, Text

from perdure.platform.storage.metadata import METADATA, Moment

DECISIONS = Table(
    "decisions",
    METADATA,
    # Numbered by the log, without gaps, so that a removed row is seen.
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(64), nullable=False, unique=True),
    Column("batch", String(64), nullable=False),
    Column("solution", String(64), nullable=False),
    Column("case", String(128), nullable=False),
    Column("entity", String(128), nullable=False),
    Column("action", String(128), nullable=False),
    Column("arm", String(16), nullable=False),
    Column("score", Double, nullable=False),
    Column("propensity", Double, nullable=False),
    Column("territory", String(128), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("policy", String(128), nullable=False),
    Column("model", String(192), nullable=False),
    Column("data_as_of", Moment, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("valid_from", Moment, nullable=False),
    Column("valid_to", Moment, nullable=False),
    Column("run", String(64), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("alternatives", Text, nullable=False),
    Column("limits", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "solution", "case", "valid_to"),
    Index(None, "entity", "valid_to"),
    Index(None, "batch"),
    Index(None, "valid_to"),
)
"""Every decision, append-only; ``hash`` covers the row and the hash before it."""

HEADS = Table(
    "decision_heads",
    METADATA,
    Column("log", String(32), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("signature", String(64), nullable=False),
)
"""The end of the log, signed: a shortened log no longer ends there."""

BATCHES = Table(
    "decision_batches",
    METADATA,
    Column("batch", String(64), primary_key=True),
    Column("solution", String(64), nullable=False),
    Column("case", String(128), nullable=False),
    Column("data_as_of", Moment, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("model", String(192), nullable=False),
    Column("policy", String(128), nullable=False),
    Column("rules", Text, nullable=False),
    Column("experiment", String(128), nullable=False),
    Column("proposed", Integer, nullable=False),
    Column("entities", Integer, nullable=False),
    Column("treated", Integer, nullable=False),
    Column("holdout", Integer, nullable=False),
    Column("blocked", Text, nullable=False),
    Column("run", String(64), nullable=False),
    Index(None, "solution", "case", "decided_at"),
)
"""One row for each call of ``decide``: the policy in full, and how many were blocked by what."""

BLOCKED = Table(
    "decision_blocks",
    METADATA,
    Column("batch", String(64), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("entity", String(128), nullable=False),
    Column("action", String(128), nullable=False),
    Column("territory", String(128), nullable=False),
    Column("rule", String(64), nullable=False),
    Index(None, "entity"),
)
"""Proposals that a limit stopped, except those that only ranked too low for the capacity."""

RESTRICTIONS = Table(
    "restrictions",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("entity", String(128), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("scope", String(64), nullable=False),
    Column("starts", Moment, nullable=False),
    Column("ends", Moment),
    Column("source", String(256), nullable=False),
    Column("lifts", String(64)),
    Column("recorded_at", Moment, nullable=False),
    Index(None, "entity"),
    Index(None, "lifts"),
)
"""Who may not be contacted, append-only: lifting a restriction is a row of its own."""
