"""Code named by text: ``"package.module:attribute"``, loaded when it is first needed.

Manifests name their code this way, so that listing solutions imports no ML library.
"""

from __future__ import annotations

import importlib
from typing import Any

from perdure.kernel.errors import UsageError


def load(reference: str) -> Any:
    """The object that a reference names.

    >>> load("math:sqrt")(9)
    3.0
    """
    module_name, _, attribute = reference.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(
            f"{reference!r} names no code: {error}", expected="package.module:attribute"
        ) from error
    return found
