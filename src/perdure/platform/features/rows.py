"""The rows of a source as features read them: coded entity, both times, and how long they hold.

A row counts at t when it happened by t, was known by t, and was not restated by t: of several
statements of one fact (same keys) the last one known at t counts. ``_until`` is the moment from
which the next statement holds, ``_rank`` the place of a row in (event time, known-at, arrival)
among the rows of its entity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.tables import SEQUENCE, TableContract
from perdure.platform.features.plan import Known, Step
from perdure.platform.features.relational import join, ordered, row_number, select
from perdure.platform.features.syntax import (
    all_of,
    any_of,
    as_moment,
    column,
    equal,
    named,
    or_else,
    table,
    varchar,
)

ENTITY, EVENT, SINCE, UNTIL, RANK = "_entity", "_event", "_since", "_until", "_rank"
CODES, NAME = "_codes", "entity"


@dataclass(frozen=True)
class Rows:
    """What is wanted from one source: its entity columns, computed columns, a row filter.

    ``entities`` maps an output column to the source column that holds an entity. ``ranked`` asks
    for ``_rank``.
    """

    source: str
    entities: Mapping[str, str]
    outputs: Mapping[str, exp.Expr]
    where: exp.Expr | None = None
    ranked: bool = False

    def columns(self) -> set[str]:
        """The columns of the source that are read."""
        trees = [*self.outputs.values(), *([self.where] if self.where else [])]
        return {c.name for tree in trees for c in tree.find_all(exp.Column)}


@dataclass
class Tables:
    """The source tables of one plan: each is read, coded and sorted once for all who need it.

    ``latest`` is a moment after which no row can count for anything in the plan.
    """

    contracts: Mapping[str, TableContract]
    known: Known
    latest: exp.Expr
    wanted: dict[tuple[str, tuple[tuple[str, str], ...]], list[Rows]] = field(default_factory=dict)

    def columns(self, source: str) -> tuple[str, ...]:
        """The columns that expressions over the source may name."""
        return tuple(c for c in self.known.columns[source] if not c.startswith("_"))

    def restated(self, source: str) -> bool:
        """Whether some fact of the source is stated more than once."""
        return self.known.facts_of(source).restated

    def step(self, rows: Rows, made: str, meaning: str) -> Step:
        """The rows with their computed columns, by name only: they are computed where used."""
        key = (rows.source, tuple(rows.entities.items()))
        self.wanted.setdefault(key, []).append(rows)
        number = list(self.wanted).index(key)
        kept = [*rows.entities, EVENT, SINCE, *([UNTIL] if self.restated(rows.source) else [])]
        kept += [RANK] if rows.ranked else []
        query = select(
            [
                *(column(c, "e") for c in kept),
                *(named(tree.copy(), alias) for alias, tree in rows.outputs.items()),
            ],
            table(_coded(number), "e"),
            where=rows.where.copy() if rows.where else None,
        )
        return Step(made, query, meaning, stored=False)

    def steps(self) -> list[Step]:
        """Every table that somebody asked for; to be made after the entities are numbered."""
        restated = {s: None for s, _ in self.wanted if self.restated(s)}
        return [
            *(self._validity(source) for source in restated),
            *(self._source(i, *key) for i, key in enumerate(self.wanted)),
        ]

    def _validity(self, source: str) -> Step:
        """The statements of a table with the moment from which the next one holds."""
        contract = self.contracts[source]
        since = column(contract.known_at)
        until = exp.Window(
            this=exp.Lead(this=since.copy()),
            partition_by=[column(k) for k in contract.keys],
            order=ordered([since, *self._arrival(source)]),
        )
        kept = self._read(source) | ({SEQUENCE} & {*self.known.columns[source]})
        query = select(
            [*(column(c) for c in sorted(kept)), named(until, UNTIL)],
            source,
            where=_by(since, self.latest),
        )
        why = f"statements of '{source}' and when each is replaced"
        return Step(f"_valid_{source}", query, why)

    def _read(self, source: str) -> set[str]:
        contract = self.contracts[source]
        found = {contract.event_time, contract.known_at}
        for (name, ends), uses in self.wanted.items():
            if name == source:
                found |= {c for _, c in ends}.union(*(rows.columns() for rows in uses))
        return found

    def _source(self, number: int, source: str, ends: tuple[tuple[str, str], ...]) -> Step:
        """The rows that anybody reads, entities numbered, rows of one entity side by side."""
        contract, uses = self.contracts[source], self.wanted[(source, ends)]
        times = {EVENT: contract.event_time, SINCE: contract.known_at}
        known = [_by(column(c, "e"), self.latest) for c in times.values()]
        if self.restated(source):
            times[UNTIL] = UNTIL
        entities = [column(ENTITY, f"c{i}") for i in range(len(ends))]
        read = set().union(*(rows.columns() for rows in uses))
        columns = [
            *(named(tree, end) for tree, (end, _) in zip(entities, ends, strict=True)),
            *(named(as_moment(column(c, "e")), alias) for alias, c in times.items()),
            *(column(c, "e") for c in sorted(read)),
        ]
        ranked = any(rows.ranked for rows in uses)
        if ranked:
            columns.append(named(self._rank(source, entities), RANK))
        query = select(
            columns,
            table(f"_valid_{source}" if self.restated(source) else source, "e"),
            *_codes(ends),
            where=all_of([*known, _wanted_by_any(uses)]),
            # Total, so that sums of doubles do not depend on the order in which files keep rows.
            # Ranked rows come in the order of their ranks already.
            order=[] if ranked else [*entities, *self._place(source)],
        )
        return Step(_coded(number), query, f"rows of '{source}', by entity")

    def _place(self, source: str) -> list[exp.Expr]:
        """What tells the rows of an entity apart: their arrival, else when they happened."""
        contract = self.contracts[source]
        times = [column(c, "e") for c in (contract.event_time, contract.known_at)]
        return self._arrival(source, "e") or list(times)

    def _rank(self, source: str, entities: list[exp.Column]) -> exp.Window:
        contract = self.contracts[source]
        times = [column(c, "e") for c in (contract.event_time, contract.known_at)]
        rank = row_number([*times, *self._arrival(source, "e")])
        rank.set("partition_by", [tree.copy() for tree in entities])
        return rank

    def _arrival(self, source: str, alias: str | None = None) -> list[exp.Expr]:
        """What orders rows by their arrival; nothing where rows do not carry it."""
        if SEQUENCE not in self.known.columns[source]:
            return []
        return [or_else(column(SEQUENCE, alias), exp.Literal.number(0))]


def counts_at(rows: str, moment: str, *, restated: bool) -> exp.Expr:
    """Whether a row (alias ``rows``) counts at the ``at`` of alias ``moment``."""
    return counts_by(rows, column("at", moment), restated=restated)


def counts_by(rows: str, at: exp.Expr, *, restated: bool) -> exp.Expr:
    """Whether a row (alias ``rows``) happened by then, was known and not yet restated."""
    holds = all_of([_by(column(EVENT, rows), at), _by(column(SINCE, rows), at)])
    if not restated:
        return holds
    last = exp.Is(this=column(UNTIL, rows), expression=exp.Null())
    later = exp.GT(this=column(UNTIL, rows), expression=at.copy())
    return all_of([holds, any_of([last, later])])


def _by(tree: exp.Expr, moment: exp.Expr) -> exp.Expr:
    return exp.LTE(this=tree.copy(), expression=moment.copy())


def _coded(number: int) -> str:
    return f"_source_{number}"


def _codes(ends: tuple[tuple[str, str], ...]) -> list[exp.Join]:
    return [
        join(table(CODES, f"c{i}"), equal(column(NAME, f"c{i}"), varchar(column(c, "e"))))
        for i, (_, c) in enumerate(ends)
    ]


def _wanted_by_any(uses: list[Rows]) -> exp.Expr | None:
    """A row is kept when some use keeps it; nothing is filtered when one use wants them all."""
    filters = [rows.where for rows in uses]
    if None in filters:
        return None
    return any_of(list({f.sql(): f.copy() for f in filters if f}.values()))
