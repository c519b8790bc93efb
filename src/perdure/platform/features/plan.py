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

    def last_uses(self) -> list[list[str]]:
        """For every step and the answer: the stored relations that nothing later reads.

        An engine may drop them then, so that a long plan never holds more than it still needs.
        """
        queries = [*(s.query for s in self.steps), self.answer]
        reads = [{t.name for t in query.find_all(exp.Table)} for query in queries]
        through = {s.name: reads[i] for i, s in enumerate(self.steps) if not s.stored}
        stored = {s.name for s in self.steps if s.stored}
        seen: set[str] = set()
        dropped: list[list[str]] = []
        for i in reversed(range(len(queries))):
            lazy = i < len(self.steps) and not self.steps[i].stored
            used = set() if lazy else _reached(reads[i], through) & stored
            dropped.append(sorted(used - seen))
            seen |= used
        return dropped[::-1]


def _reached(names: set[str], through: Mapping[str, set[str]]) -> set[str]:
    """The names, and all that is read through those that are only names themselves."""
    found = set(names)
    for name in names & set(through):
        found |= _reached(through[name], through)
    return found


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
