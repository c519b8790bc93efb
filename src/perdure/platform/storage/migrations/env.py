"""Run by Alembic: applies the revisions in the transaction that it is handed."""

from __future__ import annotations

from alembic import context

from perdure.platform.storage.metadata import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
context.run_migrations()
