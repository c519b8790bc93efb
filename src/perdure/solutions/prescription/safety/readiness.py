"""Whether a table of the knowledge base is there, which edition, and if not why."""

from __future__ import annotations

from dataclasses import dataclass

from .alerts import Kind


@dataclass(frozen=True, slots=True)
class Readiness:
    """The state of one table, to be shown; ``problem`` is ``None`` when it is ready.

    >>> print(Readiness(Kind.AGE, "ages.csv", problem="the file is missing"))
    age: not ready: the file is missing (ages.csv)
    """

    check: Kind
    source: str
    edition: str = ""
    rows: int = 0
    set_aside: int = 0
    problem: str | None = None

    @property
    def ready(self) -> bool:
        """Whether the table is in use."""
        return self.problem is None

    @property
    def state(self) -> str:
        """What a person is shown: "ready", or "not ready" and why."""
        return "ready" if self.problem is None else f"not ready: {self.problem}"

    def as_dict(self) -> dict[str, str | int]:
        """The same for JSON."""
        return {
            "check": self.check.value, "state": self.state, "source": self.source,
            "edition": self.edition, "rows": self.rows, "set_aside": self.set_aside,
        }  # fmt: skip

    def __str__(self) -> str:
        if self.problem is not None:
            return f"{self.check}: {self.state} ({self.source})"
        return f"{self.check}: ready, {self.source}, {self.edition}, {self.rows:,} rows"
