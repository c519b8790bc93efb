"""The first tables of storage.

Written by ``python -m tools.make_initial_migration`` from the declarations; not by hand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def ingests() -> None:
    """Create ``ingests``."""
    op.create_table(
        "ingests",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("table_name", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=1024), nullable=False),
        sa.Column("contract", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("restated", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("by_rule", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ingests")),
    )
    op.create_index("ix_ingests_table_name_at", "ingests", ["table_name", "at"], unique=False)
