"""perdure: models that decide whom to engage and what to suggest, made to last.

The names below are the stable part. Each is loaded when it is first used, so that importing
perdure costs nothing; ``__init__.pyi`` tells type checkers where it is.

>>> import perdure
>>> perdure.Column("npi", "string", "physician").dtype
'string'
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

__all__ = (
    "Aggregation",
    "Column",
    "FeatureSet",
    "FeatureView",
    "LabelContract",
    "PerdureError",
    "Project",
    "Solution",
    "TableContract",
    "__version__",
    "open_work",
    "run_step",
)

_PLACES = {
    "Aggregation": "kernel.features",
    "Column": "kernel.tables",
    "FeatureSet": "kernel.features",
    "FeatureView": "kernel.features",
    "LabelContract": "kernel.labels",
    "PerdureError": "kernel.errors",
    "Project": "platform.storage.project",
    "Solution": "kernel.solution",
    "TableContract": "kernel.tables",
    "open_work": "platform.automation.pipelines.work",
    "run_step": "platform.automation.pipelines.steps",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'perdure' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"perdure.{_PLACES[name]}"), name)
