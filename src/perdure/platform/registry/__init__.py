"""Registry: immutable model versions, the release gate, promotion and rollback."""
