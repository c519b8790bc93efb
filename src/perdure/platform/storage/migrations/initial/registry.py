"""The first tables of registry.

Written by ``python -m tools.make_initial_migration`` from the declarations; not by hand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def model_versions() -> None:
    """Create ``model_versions``."""
    op.create_table(
        "model_versions",
        sa.Column("name", sa.String(length=192), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("solution", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=128), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("feature_digest", sa.String(length=64), nullable=False),
        sa.Column("training_table", sa.String(length=192), nullable=False),
        sa.Column("training_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("name", "digest", name=op.f("uq_model_versions_name_digest")),
    )


def aliases() -> None:
    """Create ``aliases``."""
    op.create_table(
        "aliases",
        sa.Column("name", sa.String(length=192), nullable=False),
        sa.Column("alias", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["name", "version"],
            ["model_versions.name", "model_versions.version"],
            name=op.f("fk_aliases_name_version"),
        ),
        sa.PrimaryKeyConstraint("name", "alias", name=op.f("pk_aliases")),
    )


def promotions() -> None:
    """Create ``promotions``."""
    op.create_table(
        "promotions",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=192), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("gate", sa.JSON(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["name", "version"],
            ["model_versions.name", "model_versions.version"],
            name=op.f("fk_promotions_name_version"),
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_promotions")),
    )
    op.create_index(op.f("ix_promotions_name"), "promotions", ["name"], unique=False)
