"""Revisions of the operational tables, applied by Alembic when a store is opened."""
