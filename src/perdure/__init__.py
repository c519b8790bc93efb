"""perdure: models that decide whom to engage and what to suggest, made to last."""

__version__ = "0.1.0"
