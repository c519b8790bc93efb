"""What an engine must do: look at tables once, and run a compiled plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from perdure.platform.features.plan import Plan
from perdure.platform.features.sources import ArrowData


class Engine(Protocol):
    """Runs plans over Arrow data. One engine serves one computation and is then closed."""

    def open(self, relations: Mapping[str, ArrowData]) -> None:
        """Make Arrow data readable under these names."""
        ...

    def repeats(self, relation: str, columns: Sequence[str]) -> bool:
        """Whether two rows of the relation agree in all these columns."""
        ...

    def run(self, plan: Plan) -> pa.Table:
        """The answer of the plan."""
        ...

    def close(self) -> None:
        """Give memory back."""
        ...
