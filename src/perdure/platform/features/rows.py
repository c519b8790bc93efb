"""The rows of a source as features read them: coded entity, both times, and how long they hold.

A row counts at t when it happened by t, was known by t, and was not restated by t: of several
statements of one fact (same keys) the last one known at t counts. ``_until`` is the moment from
which the next statement holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.tables import SEQUENCE, TableContract
from perdure.platform.features.plan import Known, Step
from perdure.platform.features.relational import join, ordered, row_number, select
from perdure.platform.features.syntax import (
    as_moment,
    both,
    column,
    equal,
    named,
    not_null,
    number,
    or_else,
    table,
    varchar,
)

ENTITY, EVENT, SINCE, UNTIL, RANK = "_entity", "_event", "_since", "_until", "_rank"
CODES, NAME = "_codes", "entity"


@dataclass
class Tables:
    """The source tables of one plan, and which of their columns are read."""

    contracts: Mapping[str, TableContract]
    known: Known
    used: dict[str, dict[str, None]] = field(default_factory=dict)

    def columns(self, source: str) -> tuple[str, ...]:
        """The columns that expressions over the source may name."""
        return tuple(c for c in self.known.columns[source] if not c.startswith("_"))

    def restated(self, source: str) -> bool:
        """Whether some fact of the source is stated more than once."""
        return self.known.facts_of(source).restated

    def use(self, source: str, trees: Sequence[exp.Expr]) -> str:
        """Note which columns are read; gives the name of the relation to read them from."""
        contract = self.contracts[source]
        noted = self.used.setdefault(source, {})
        for tree in trees:
            noted.update(dict.fromkeys(c.name for c in tree.find_all(exp.Column)))
        noted.update(dict.fromkeys((contract.event_time, contract.known_at)))
        return f"_valid_{source}" if self.restated(source) else source

    def arrival(self, source: str, alias: str | None = None) -> list[exp.Expr]:
        """What orders rows by their arrival; nothing where rows do not carry it."""
        if SEQUENCE not in self.known.columns[source]:
            return []
        return [or_else(column(SEQUENCE, alias), number(0))]

    def validity_steps(self) -> list[Step]:
        """For every table with restated facts: its rows, each with the moment it is replaced."""
        return [self._validity(source) for source in self.used if self.restated(source)]

    def _validity(self, source: str) -> Step:
        contract = self.contracts[source]
        known_at = column(contract.known_at)
        until = exp.Window(
            this=exp.Lead(this=known_at.copy()),
            partition_by=[column(k) for k in contract.keys],
            order=ordered([known_at, *self.arrival(source)]),
        )
        wanted = {*self.used[source], *({SEQUENCE} & {*self.known.columns[source]})}
        query = select(
            [*(column(c) for c in sorted(wanted)), named(until, UNTIL)],
            source,
            where=not_null(known_at.copy()),
        )
        why = f"statements of '{source}' and when each is replaced"
        return Step(f"_valid_{source}", query, why)


@dataclass(frozen=True)
class Rows:
    """What is wanted from one source: its entity columns, computed columns, a row filter.

    ``entities`` maps an output column to the source column that holds an entity. ``ranked`` adds
    ``_rank``, the place of the row in (entity, event time, known-at, sequence).
    """

    source: str
    entities: Mapping[str, str]
    outputs: Mapping[str, exp.Expr]
    where: exp.Expr | None = None
    ranked: bool = False

    def step(self, made: str, tables: Tables, meaning: str) -> Step:
        """The rows, sorted by entity so that every later grouping reads them in order."""
        contract = tables.contracts[self.source]
        ends = [column(c, "e") for c in self.entities.values()]
        trees = [*ends, *self.outputs.values(), *([self.where] if self.where else [])]
        read_from = tables.use(self.source, trees)
        times = {EVENT: contract.event_time, SINCE: contract.known_at}
        if tables.restated(self.source):
            times[UNTIL] = UNTIL
        columns = [
            *(named(column(ENTITY, f"c{i}"), made) for i, made in enumerate(self.entities)),
            *(named(as_moment(column(c, "e")), alias) for alias, c in times.items()),
            *(named(tree, alias) for alias, tree in self.outputs.items()),
        ]
        order: list[exp.Expr] = [column(ENTITY, f"c{i}") for i in range(len(ends))]
        if self.ranked:
            order += [column(times[EVENT], "e"), column(times[SINCE], "e")]
            order += tables.arrival(self.source, "e")
            columns.append(named(row_number(order), RANK))
        kept = both([not_null(column(times[c], "e")) for c in (EVENT, SINCE)] + [self.where])
        query = select(columns, table(read_from, "e"), *self._codes(ends), where=kept, order=order)
        return Step(made, query, meaning)

    def _codes(self, ends: Sequence[exp.Expr]) -> list[exp.Join]:
        return [
            join(table(CODES, f"c{i}"), equal(column(NAME, f"c{i}"), varchar(end.copy())))
            for i, end in enumerate(ends)
        ]


def counts_at(rows: str, moment: str, *, restated: bool) -> exp.Expr:
    """Whether a row (alias ``rows``) counts at the ``at`` of alias ``moment``."""
    return counts_by(rows, column("at", moment), restated=restated)


def counts_by(rows: str, at: exp.Expr, *, restated: bool) -> exp.Expr:
    """Whether a row (alias ``rows``) happened by then, was known and not yet restated."""
    happened = exp.LTE(this=column(EVENT, rows), expression=at.copy())
    known = exp.LTE(this=column(SINCE, rows), expression=at.copy())
    holds = exp.And(this=happened, expression=known)
    if not restated:
        return holds
    last = exp.Is(this=column(UNTIL, rows), expression=exp.Null())
    later = exp.GT(this=column(UNTIL, rows), expression=at.copy())
    return exp.And(this=holds, expression=exp.Paren(this=exp.Or(this=last, expression=later)))
