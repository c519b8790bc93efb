"""Peer share: what part of an entity's peers did something, the entity itself left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.errors import FeatureError
from perdure.kernel.features import PeerShare, Window
from perdure.platform.features.current import current_steps
from perdure.platform.features.expressions import Parameters, compiled
from perdure.platform.features.moments import MOMENT, MOMENTS, low
from perdure.platform.features.plan import Step
from perdure.platform.features.relational import join, left_join, select, subquery
from perdure.platform.features.rows import ENTITY, EVENT, Rows, Tables, counts_at
from perdure.platform.features.syntax import (
    all_of,
    any_of,
    column,
    double,
    equal,
    less,
    matched,
    named,
    not_null,
    number,
    or_zero,
    plus,
    quotient,
    table,
    times,
    varchar,
    when,
)
from perdure.platform.features.view_rows import KEYS, Made

PEER = "_peer"
PAIR = (ENTITY, MOMENT)
# Columns of the relations below: did it (1 or 0), counts as a peer, number or weight of peers,
# how many of them did it, share over everyone, weight of an edge.
DID, MEMBER, SIZE, DOERS, OVERALL, WEIGHT = "_did", "_in", "_n", "_d", "_all", "_w"


@dataclass
class PeerCompiler:
    """Turns peer shares into steps; a relation that two of them need is made once."""

    tables: Tables
    parameters: Parameters
    entities: str
    entity: str
    steps: list[Step]
    _made: dict[tuple[object, ...], str] = field(default_factory=dict)

    def compile(self, made: PeerShare, index: int) -> Made:
        """The relation that holds the two features of a peer share."""
        check(made)
        did = self._did(made)
        if made.edges:
            members = self._members(made, did, self.current(self.entities), index)
            totals = self._edge_totals(made, members, index)
        else:
            groups = self.current(made.groups or "", made.group_by)
            members = self._members(made, did, groups, index)
            totals = self._group_totals(made, members, groups, index)
        self._add(f"_peers_{index}", _share(made, totals, members), f"peer share '{made.name}'")
        return Made(f"_peers_{index}", made.feature_names())

    def current(self, source: str, columns: tuple[str, ...] = ()) -> str:
        """The relation of current rows of an attribute table; its group columns are text."""
        key = ("current", source, columns)
        if key not in self._made:
            outputs = {
                f"_g{i}": varchar(self._column(c, source, f"groups of '{source}'"))
                for i, c in enumerate(columns)
            }
            self._current(key, source, {ENTITY: self.entity}, outputs)
        return self._made[key]

    def _current(
        self,
        key: tuple[object, ...],
        source: str,
        ends: dict[str, str],
        outputs: dict[str, exp.Expr],
    ) -> None:
        suffix = f"{len(self._made)}_{source}"
        self.steps += current_steps(source, ends, outputs, self.tables, suffix)
        self._made[key] = f"_current_{suffix}"

    def _column(self, text: str, source: str, place: str) -> exp.Expr:
        """A column of a source, checked; ``text`` is a name and not an expression."""
        quoted = exp.to_identifier(text, quoted=True).sql()
        return compiled(quoted, self.tables.columns(source), {}, where=place, alias="e")

    def _add(self, relation: str, query: exp.Query, why: str, *, stored: bool = True) -> str:
        self.steps.append(Step(relation, query, why, stored))
        return relation

    def _did(self, made: PeerShare) -> str:
        """Who has rows in the window, who of them counts as a peer, and who did it."""
        key = ("did", made.source, made.entity, made.adopted, made.population, made.window)
        if key not in self._made:
            place, count = f"peer share '{made.name}'", len(self._made)
            known = self.tables.columns(made.source)
            asked = {DID: made.adopted, MEMBER: made.population or "true"}
            flags = {
                alias: compiled(text, known, self.parameters, where=place, alias="e")
                for alias, text in asked.items()
            }
            # Without a population only those who did it matter here.
            kept = any_of(list(flags.values())) if made.population else flags[DID]
            rows = Rows(made.source, {ENTITY: made.entity}, flags, kept)
            self.steps.append(self.tables.step(rows, f"_acts_{count}", f"rows of {place}"))
            query = self._did_query(made, f"_acts_{count}")
            self._made[key] = self._add(f"_did_{count}", query, f"who did what {place} asks")
        return self._made[key]

    def _did_query(self, made: PeerShare, rows: str) -> exp.Select:
        counts = counts_at("e", "m", restated=self.tables.restated(made.source))
        begins = column(low(str(Window.of(made.window))), "m")
        on = all_of([counts, exp.GT(this=column(EVENT, "e"), expression=begins)])
        keys = [column(ENTITY, "e"), column(MOMENT, "m")]
        flags = [named(_any(column(flag, "e")), flag) for flag in (DID, MEMBER)]
        return select([*keys, *flags], table(rows, "e"), join(table(MOMENTS, "m"), on), group=keys)

    def _members(self, made: PeerShare, did: str, everyone: str, index: int) -> str:
        """Who counts as a peer at every index date, and whether they did it (1 or 0)."""
        keys = [column(c, "p") for c in PAIR]
        if made.population:
            kept = equal(column(MEMBER, "p"), number(1.0))
            query = select([*keys, column(DID, "p")], table(did, "p"), where=kept)
        else:
            flag = named(or_zero(column(DID, "d")), DID)
            acts = left_join(table(did, "d"), matched("p", "d", PAIR))
            query = select([*keys, flag], table(everyone, "p"), acts)
        return self._add(f"_members_{index}", query, f"who counts as a peer for '{made.name}'")

    def _group_totals(self, made: PeerShare, members: str, groups: str, index: int) -> str:
        """For every key: number of peers and of those that did it, itself left out."""
        columns = [f"_g{i}" for i in range(len(made.group_by))]
        in_group = all_of([matched("p", "g", PAIR), *(not_null(column(c, "g")) for c in columns)])
        group = [column(MOMENT, "p"), *(column(c, "g") for c in columns)]
        sums = select(
            [
                *group,
                named(exp.Count(this=exp.Star()), SIZE),
                named(exp.Sum(this=column(DID, "p")), DOERS),
            ],
            table(members, "p"),
            join(table(groups, "g"), in_group),
            group=group,
        )
        has_group = not_null(column(SIZE, "t"))
        own_size = when(all_of([has_group, not_null(column(DID, "p"))]), number(1.0))
        own_did = when(has_group.copy(), column(DID, "p"))
        query = select(
            [
                *(column(c, "k") for c in PAIR),
                named(less(or_zero(column(SIZE, "t")), or_zero(own_size)), SIZE),
                named(less(or_zero(column(DOERS, "t")), or_zero(own_did)), DOERS),
            ],
            table(KEYS, "k"),
            left_join(table(groups, "g"), matched("k", "g", PAIR)),
            left_join(subquery(sums, "t"), matched("g", "t", [MOMENT, *columns])),
            left_join(table(members, "p"), matched("k", "p", PAIR)),
        )
        why = f"peers of every entity for '{made.name}'"
        return self._add(f"_totals_{index}", query, why, stored=False)

    def _edges(self, made: PeerShare) -> str:
        key = ("edges", made.edges, made.from_column, made.to_column, made.weight)
        if key not in self._made:
            source = made.edges or ""
            place = f"peer share '{made.name}', edges '{source}'"
            ends = {ENTITY: made.from_column, PEER: made.to_column}
            for end in ends.values():
                self._column(end, source, place)
            weight = double(self._column(made.weight, source, place))
            self._current(key, source, ends, {WEIGHT: weight})
        return self._made[key]

    def _edge_totals(self, made: PeerShare, members: str, index: int) -> str:
        """For every key: weight of its edges to peers, and to peers that did it."""
        on = all_of(
            [
                equal(column(ENTITY, "p"), column(PEER, "x")),
                matched("p", "x", [MOMENT]),
                exp.NEQ(this=column(PEER, "x"), expression=column(ENTITY, "x")),
                exp.GT(this=column(WEIGHT, "x"), expression=number(0.0)),
            ]
        )
        did = times(column(WEIGHT, "x"), column(DID, "p"))
        keys = [column(c, "x") for c in PAIR]
        sums = select(
            [
                *keys,
                named(exp.Sum(this=column(WEIGHT, "x")), SIZE),
                named(exp.Sum(this=did), DOERS),
            ],
            table(self._edges(made), "x"),
            join(table(members, "p"), on),
            group=keys,
        )
        query = select(
            [
                *(column(c, "k") for c in PAIR),
                named(or_zero(column(SIZE, "t")), SIZE),
                named(or_zero(column(DOERS, "t")), DOERS),
            ],
            table(KEYS, "k"),
            left_join(subquery(sums, "t"), matched("k", "t", PAIR)),
        )
        why = f"peers of every entity for '{made.name}'"
        return self._add(f"_totals_{index}", query, why, stored=False)


def _share(made: PeerShare, totals: str, members: str) -> exp.Select:
    """Shrunk to the share over everyone by ``prior_weight``."""
    moments = [column(MOMENT, "p")]
    overall = select(
        [*moments, named(exp.Avg(this=double(column(DID, "p"))), OVERALL)],
        table(members, "p"),
        group=moments,
    )
    over: exp.Expr = column(DOERS, "t")
    under: exp.Expr = column(SIZE, "t")
    if made.prior_weight:
        prior = number(float(made.prior_weight))
        over = plus(over, times(prior, column(OVERALL, "o")))
        under = plus(under, prior.copy())
    share, size = made.feature_names()
    columns = [named(quotient(over, under), share), named(column(SIZE, "t"), size)]
    return select(
        [*(column(c, "t") for c in PAIR), *columns],
        table(totals, "t"),
        left_join(subquery(overall, "o"), matched("t", "o", [MOMENT])),
    )


def _any(flag: exp.Expr) -> exp.Expr:
    """1.0 when any row of the group satisfies the flag, else 0.0."""
    return exp.Max(this=exp.Case(ifs=[exp.If(this=flag, true=number(1.0))], default=number(0.0)))


def check(made: PeerShare) -> None:
    """Refuse a peer share that names no peers, two kinds of peers, or a negative prior."""
    place = f"peer share '{made.name}'"
    if bool(made.edges) == bool(made.groups):
        raise FeatureError("either 'groups' with 'group_by' or 'edges'", where=place)
    if bool(made.groups) != bool(made.group_by):
        raise FeatureError("'groups' and 'group_by' belong together", where=place)
    if not 0 <= made.prior_weight < 1e9:
        raise FeatureError(f"prior weight {made.prior_weight}", where=place, expected="0 or more")
