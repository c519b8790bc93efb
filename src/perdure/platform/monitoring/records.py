"""The tables of monitoring: results, alarms, and requests for a run."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, String, Table, Text, text

from perdure.platform.storage.metadata import METADATA, SEQUENCE, Moment

RESULTS = Table(
    "monitor_results",
    METADATA,
    Column("sequence", SEQUENCE, primary_key=True),
    Column("batch", String(64), nullable=False),
    Column("solution", String(64), nullable=False),
    Column("case", String(128), nullable=False),
    Column("monitor", String(48), nullable=False),
    Column("subject", String(192), nullable=False),
    Column("at", Moment, nullable=False),
    Column("value", Double),
    Column("limit", Double),
    Column("severity", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("model", String(192), nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Index(None, "batch", "monitor", "subject", unique=True),
    Index(None, "solution", "case", "at"),
)
"""Every reading of every monitor, append-only."""

ALARMS = Table(
    "alarms",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("solution", String(64), nullable=False),
    Column("case", String(128), nullable=False),
    Column("monitor", String(48), nullable=False),
    Column("subject", String(192), nullable=False),
    Column("state", String(16), nullable=False),
    Column("effect", Double),
    Column("limit", Double),
    Column("text", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("changed_by", String(128), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "solution", "case", "state"),
    Index(
        "one_standing_alarm",
        "solution",
        "case",
        "monitor",
        "subject",
        unique=True,
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
)
"""Alarms: open, acknowledged or closed; at most one stands for a monitor and its subject."""

REQUESTS = Table(
    "run_requests",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("solution", String(64), nullable=False),
    Column("case", String(128), nullable=False),
    Column("pipeline", String(48), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_by", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("alarm", String(64)),
    Column("asked_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("run", String(64)),
    Index(None, "solution", "case", "asked_at"),
    Index(
        "one_active_request",
        "solution",
        "case",
        unique=True,
        sqlite_where=text("state <> 'done'"),
        postgresql_where=text("state <> 'done'"),
    ),
)
"""Requests for a run: at most one is active (asked or running) for a solution and case."""
