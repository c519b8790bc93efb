"""Tables of the registry: model versions, which one serves, and who decided that."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Integer, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from perdure.platform.storage.metadata import METADATA, SEQUENCE, Moment

MODEL_VERSIONS = Table(
    "model_versions",
    METADATA,
    Column("name", String(192), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("solution", String(64), nullable=False),
    Column("case", String(128), nullable=False),
    Column("run", String(64), nullable=False),
    Column("metrics", JSON, nullable=False),
    Column("feature_digest", String(64), nullable=False),
    Column("training_table", String(192), nullable=False),
    Column("training_version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Unique("name", "digest"),
)
"""One row a version; ``digest`` names the bundle of files. Rows are never changed."""

ALIASES = Table(
    "aliases",
    METADATA,
    Column("name", String(192), primary_key=True),
    Column("alias", String(16), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
    ForeignKeyConstraint(["name", "version"], ["model_versions.name", "model_versions.version"]),
)
"""``champion`` is the version in service, ``challenger`` the one compared with it."""

PROMOTIONS = Table(
    "promotions",
    METADATA,
    Column("sequence", SEQUENCE, primary_key=True),
    Column("name", String(192), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("previous", Integer),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("gate", JSON),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["name", "version"], ["model_versions.name", "model_versions.version"]),
)
"""Every change of champion, append-only: ``kind`` is ``promote`` or ``rollback``."""
