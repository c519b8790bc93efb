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
from perdure.platform.features.syntax import (
    as_moment,
    both,
    column,
    equal,
    named,
    not_null,
    number,
    table,
    varchar,
)

ENTITY, EVENT, SINCE, UNTIL, RANK = "_entity", "_event", "_since", "_until", "_rank"
CODES = "_codes"


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

    def sequence(self, source: str) -> exp.Expr:
        """The order of arrival of a row; 0 for tables that do not carry it."""
        return column(SEQUENCE, "e") if self.sequenced(source) else number(0)

    def sequenced(self, source: str) -> bool:
        """Whether the rows carry their order of arrival."""
        return SEQUENCE in self.known.columns[source]

    def validity_steps(self) -> list[Step]:
        """For every table with restated facts: its rows, each with the moment it is replaced."""
        return [self._validity(source) for source in self.used if self.restated(source)]

    def _validity(self, source: str) -> Step:
        contract = self.contracts[source]
        known_at = column(contract.known_at)
        order = [known_at.copy()]
        if self.sequenced(source):
            order.append(column(SEQUENCE))
        until = exp.Window(
            this=exp.Lead(this=known_at.copy()),
            partition_by=[column(k) for k in contract.keys],
            order=exp.Order(expressions=order),
        )
        wanted = [*self.used[source], *([SEQUENCE] if self.sequenced(source) else [])]
        query = (
            exp.select(*(column(c) for c in wanted), named(until, UNTIL))
            .from_(table(source))
            .where(not_null(known_at.copy()))
        )
        return Step(
            f"_valid_{source}", query, f"statements of '{source}' and when each is replaced"
        )


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
        event, since = column(contract.event_time, "e"), column(contract.known_at, "e")
        query = exp.select(
            *(named(column(ENTITY, f"c{i}"), made) for i, made in enumerate(self.entities)),
            named(as_moment(event.copy()), EVENT),
            named(as_moment(since.copy()), SINCE),
        ).select(*(named(tree.copy(), alias) for alias, tree in self.outputs.items()))
        if tables.restated(self.source):
            query = query.select(named(as_moment(column(UNTIL, "e")), UNTIL))
        if self.ranked:
            query = query.select(named(self._rank(tables, event, since), RANK))
        query = query.from_(table(read_from, "e"))
        for i, end in enumerate(ends):
            query = query.join(
                table(CODES, f"c{i}"), on=equal(column("entity", f"c{i}"), varchar(end.copy()))
            )
        kept = both([not_null(event.copy()), not_null(since.copy()), self.where])
        order = [column(RANK)] if self.ranked else [column(e) for e in self.entities]
        return Step(made, query.where(kept).order_by(*order), meaning)

    def _rank(self, tables: Tables, event: exp.Column, since: exp.Column) -> exp.Expr:
        order: list[exp.Expr] = [column(ENTITY, f"c{i}") for i in range(len(self.entities))]
        order += [event.copy(), since.copy(), tables.sequence(self.source)]
        return exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=order))


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
