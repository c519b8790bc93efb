"""The tables of the first revision, one module a capability."""
