"""A compiled plan: named steps of engine-neutral SQL trees, and the query that gives the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp


@dataclass(frozen=True, slots=True)
class Step:
    """One relation of a plan: what it is called, how it is made, and what for.

    ``stored`` steps are read more than once and worth keeping; the others are only names.
    """

    name: str
    query: exp.Query
    meaning: str
    stored: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are made, then the query of the answer.

    ``title`` says in errors what was being computed.
    """

    title: str
    steps: tuple[Step, ...]
    answer: exp.Query


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of the rows of one table, found by looking at them.

    ``restated``: some key has more than one statement. ``unique_pairs``: no pair of ends occurs
    twice (edge tables only). Wrong in the safe direction when not known: the plan is then only
    slower.
    """

    restated: bool = True
    unique_pairs: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """All that the compiler knows of the tables: their columns, and facts about their rows."""

    columns: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Facts] = field(default_factory=dict)

    def facts_of(self, table: str) -> Facts:
        """The facts of a table; the safe ones when nobody has looked."""
        return self.facts.get(table, Facts())
