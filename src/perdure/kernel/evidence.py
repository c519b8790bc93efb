"""Evidence: measured values in one form, for benchmarks, release gates and cards alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured value: which case, by which method, which metric, with its 95 % interval.

    >>> Measured("VOLTAREN", "volume", "auc", 0.634, 0.61, 0.66, 15554).as_row()["metric"]
    'auc'
    """

    case: str
    method: str
    metric: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0

    def as_row(self) -> dict[str, Any]:
        """The row of the benchmark form; a value that is not a number becomes null."""
        row = asdict(self)
        for name in ("value", "low", "high"):
            number = row[name]
            row[name] = None if number is None or number != number else float(number)
        return row


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question with a yes or no: what was wanted, what was measured, whether it holds."""

    name: str
    wanted: str
    measured: str
    holds: bool


@dataclass(slots=True)
class BenchReport:
    """What ``perdure bench`` prints (DESIGN.md section 9)."""

    solution: str
    data: Mapping[str, Any]
    rows: list[Measured] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    seconds_cpu: float = 0.0

    def holds(self) -> bool:
        """Whether every verdict holds."""
        return all(verdict.holds for verdict in self.verdicts)

    def as_dict(self) -> dict[str, Any]:
        """The one JSON object."""
        return {
            "solution": self.solution,
            "data": dict(self.data),
            "rows": [row.as_row() for row in self.rows],
            "verdicts": [asdict(verdict) for verdict in self.verdicts],
            "seconds_cpu": round(self.seconds_cpu, 2),
        }


def find(rows: Iterable[Measured], case: str, method: str, metric: str) -> Measured | None:
    """The measured value of that case, method and metric, if it is there."""
    for row in rows:
        if (row.case, row.method, row.metric) == (case, method, metric):
            return row
    return None
