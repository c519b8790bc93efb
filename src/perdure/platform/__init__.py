"""The life cycle of a model, one folder a capability."""
