"""Peer share: what part of an entity's peers did something, the entity itself left out."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from perdure.kernel.errors import FeatureError
from perdure.kernel.features import PeerShare, Window
from perdure.platform.features.current import current_steps
from perdure.platform.features.expressions import Parameters, compiled
from perdure.platform.features.moments import MOMENT, MOMENTS, low
from perdure.platform.features.plan import Step
from perdure.platform.features.rows import ENTITY, EVENT, Rows, Tables, counts_at
from perdure.platform.features.syntax import (
    both,
    column,
    double,
    equal,
    less,
    matched,
    name,
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
from perdure.platform.features.windows import KEYS, Made

PEER = "_peer"
PAIR = (ENTITY, MOMENT)


@dataclass
class PeerCompiler:
    """Turns peer shares into steps; what two of them have in common is made once."""

    tables: Tables
    parameters: Parameters
    entities: str
    entity: str
    _made: dict[tuple[object, ...], str]

    def steps(self, made: PeerShare, index: int) -> tuple[list[Step], Made]:
        """All relations of one peer share, and the relation that holds its two features."""
        check(made)
        steps: list[Step] = []
        did = self._did(made, steps)
        if made.edges:
            members = self._members(made, did, self.current(self.entities, (), steps), steps, index)
            totals = self._edge_totals(made, members, steps, index)
        else:
            groups = self.current(made.groups or "", made.group_by, steps)
            members = self._members(made, did, groups, steps, index)
            totals = self._group_totals(members, groups, made, steps, index)
        overall = self._overall(members, steps, index)
        relation = f"_peers_{index}"
        steps.append(Step(relation, _share(made, totals, overall), f"peer share '{made.name}'"))
        return steps, Made(relation, made.feature_names())

    def current(self, source: str, columns: tuple[str, ...], steps: list[Step]) -> str:
        """The relation of current rows of an attribute table; group columns are text."""
        key = ("current", source, columns)
        if key not in self._made:
            suffix = f"{source}_{len(self._made)}"
            known = self.tables.columns(source)
            outputs = {
                f"_g{i}": varchar(compiled(_quoted(c), known, {}, where=source, alias="e"))
                for i, c in enumerate(columns)
            }
            steps += current_steps(source, {ENTITY: self.entity}, outputs, self.tables, suffix)
            self._made[key] = f"_current_{suffix}"
        return self._made[key]

    def _did(self, made: PeerShare, steps: list[Step]) -> str:
        """Who has rows in the window, who of them counts as a peer, and who did it."""
        key = ("did", made.source, made.entity, made.adopted, made.population, made.window)
        if key in self._made:
            return self._made[key]
        number_ = len(self._made)
        known, place = self.tables.columns(made.source), f"peer share '{made.name}'"
        flags = {"_did": compiled(made.adopted, known, self.parameters, where=place, alias="e")}
        if made.population:
            flags["_in"] = compiled(made.population, known, self.parameters, where=place, alias="e")
        rows = Rows(made.source, {ENTITY: made.entity}, flags)
        steps.append(rows.step(f"_acts_{number_}", self.tables, f"rows of {place}"))
        relation = f"_did_{number_}"
        query = self._did_query(made, f"_acts_{number_}")
        steps.append(Step(relation, query, f"who did what {place} asks, at every index date"))
        self._made[key] = relation
        return relation

    def _did_query(self, made: PeerShare, rows: str) -> exp.Select:
        window = str(Window.of(made.window))
        on = both(
            [
                counts_at("e", "m", restated=self.tables.restated(made.source)),
                exp.GT(this=column(EVENT, "e"), expression=column(low(window), "m")),
            ]
        )
        keys = [column(ENTITY, "e"), column(MOMENT, "m")]
        member = column("_in", "e") if made.population else exp.true()
        return (
            exp.select(*keys)
            .select(named(_any(column("_did", "e")), "_did"), named(_any(member), "_in"))
            .from_(table(rows, "e"))
            .join(table(MOMENTS, "m"), on=on)
            .group_by(*(k.copy() for k in keys))
        )

    def _members(
        self, made: PeerShare, did: str, everyone: str, steps: list[Step], index: int
    ) -> str:
        """Who counts as a peer at every index date, and whether they did it (1 or 0)."""
        relation = f"_members_{index}"
        if made.population:
            query = (
                exp.select(*(column(c, "d") for c in PAIR), named(column("_did", "d"), "_did"))
                .from_(table(did, "d"))
                .where(exp.EQ(this=column("_in", "d"), expression=number(1)))
            )
        else:
            query = (
                exp.select(*(column(c, "p") for c in PAIR))
                .select(named(or_zero(column("_did", "d")), "_did"))
                .from_(table(everyone, "p"))
                .join(table(did, "d"), on=matched("p", "d", PAIR), join_type="left")
            )
        steps.append(Step(relation, query, f"who counts as a peer for '{made.name}'"))
        return relation

    def _overall(self, members: str, steps: list[Step], index: int) -> str:
        relation = f"_overall_{index}"
        query = (
            exp.select(
                column(MOMENT, "p"), named(exp.Avg(this=double(column("_did", "p"))), "_all")
            )
            .from_(table(members, "p"))
            .group_by(column(MOMENT, "p"))
        )
        steps.append(Step(relation, query, "the share over everyone who counts"))
        return relation

    def _group_totals(
        self, members: str, groups: str, made: PeerShare, steps: list[Step], index: int
    ) -> str:
        """For every key: number of peers and of those that did it, itself left out."""
        columns = [f"_g{i}" for i in range(len(made.group_by))]
        whole = both(not_null(column(c, "g")) for c in columns)
        group = [column(MOMENT, "p"), *(column(c, "g") for c in columns)]
        sums = (
            exp.select(*(g.copy() for g in group))
            .select(named(exp.Count(this=exp.Star()), "_n"))
            .select(named(exp.Sum(this=column("_did", "p")), "_d"))
            .from_(table(members, "p"))
            .join(table(groups, "g"), on=both([matched("p", "g", PAIR), whole]))
            .group_by(*group)
        )
        steps.append(Step(f"_groups_{index}", sums, f"groups of peers for '{made.name}'"))
        own = when(not_null(column("_n", "t")), column("_did", "p"))
        own_n = when(
            both([not_null(column("_n", "t")), not_null(column("_did", "p"))]), number(1.0)
        )
        query = (
            exp.select(*(column(c, "k") for c in PAIR))
            .select(named(less(or_zero(column("_n", "t")), or_zero(own_n)), "_n"))
            .select(named(less(or_zero(column("_d", "t")), or_zero(own)), "_d"))
            .from_(table(KEYS, "k"))
            .join(table(groups, "g"), on=matched("k", "g", PAIR), join_type="left")
            .join(
                table(f"_groups_{index}", "t"),
                on=matched("g", "t", [MOMENT, *columns]),
                join_type="left",
            )
            .join(table(members, "p"), on=matched("k", "p", PAIR), join_type="left")
        )
        steps.append(Step(f"_totals_{index}", query, f"peers of every entity for '{made.name}'"))
        return f"_totals_{index}"

    def _edges(self, made: PeerShare, steps: list[Step]) -> str:
        key = ("edges", made.edges, made.from_column, made.to_column, made.weight)
        if key not in self._made:
            source = made.edges or ""
            suffix, known = f"{source}_{len(self._made)}", self.tables.columns(source)
            place = f"peer share '{made.name}', edges '{source}'"
            ends = {ENTITY: made.from_column, PEER: made.to_column}
            for end in ends.values():
                compiled(_quoted(end), known, {}, where=place)
            weight = double(compiled(_quoted(made.weight), known, {}, where=place, alias="e"))
            steps += current_steps(source, ends, {"_w": weight}, self.tables, suffix)
            self._made[key] = f"_current_{suffix}"
        return self._made[key]

    def _edge_totals(self, made: PeerShare, members: str, steps: list[Step], index: int) -> str:
        edges = self._edges(made, steps)
        on = both(
            [
                equal(column(ENTITY, "p"), column(PEER, "x")),
                equal(column(MOMENT, "p"), column(MOMENT, "x")),
                exp.NEQ(this=column(PEER, "x"), expression=column(ENTITY, "x")),
                exp.GT(this=column("_w", "x"), expression=number(0.0)),
            ]
        )
        did = times(column("_w", "x"), column("_did", "p"))
        sums = (
            exp.select(*(column(c, "x") for c in PAIR))
            .select(named(exp.Sum(this=column("_w", "x")), "_n"))
            .select(named(exp.Sum(this=did), "_d"))
            .from_(table(edges, "x"))
            .join(table(members, "p"), on=on)
            .group_by(*(column(c, "x") for c in PAIR))
        )
        query = (
            exp.select(*(column(c, "k") for c in PAIR))
            .select(named(or_zero(column("_n", "t")), "_n"))
            .select(named(or_zero(column("_d", "t")), "_d"))
            .from_(table(KEYS, "k"))
            .join(sums.subquery(name("t")), on=matched("k", "t", PAIR), join_type="left")
        )
        steps.append(Step(f"_totals_{index}", query, f"peers of every entity for '{made.name}'"))
        return f"_totals_{index}"


def _share(made: PeerShare, totals: str, overall: str) -> exp.Select:
    share, size = made.feature_names()
    over: exp.Expr = column("_d", "t")
    under: exp.Expr = column("_n", "t")
    if made.prior_weight:
        prior = number(float(made.prior_weight))
        over = plus(over, times(prior, column("_all", "o")))
        under = plus(under, prior.copy())
    query = exp.select(*(column(c, "t") for c in PAIR))
    return (
        query.select(named(quotient(over, under), share), named(column("_n", "t"), size))
        .from_(table(totals, "t"))
        .join(table(overall, "o"), on=matched("t", "o", [MOMENT]), join_type="left")
    )


def _any(flag: exp.Expr) -> exp.Expr:
    """1.0 when any row of the group satisfies the flag, else 0.0."""
    return exp.Max(this=exp.Case(ifs=[exp.If(this=flag, true=number(1.0))], default=number(0.0)))


def _quoted(column_name: str) -> str:
    return exp.to_identifier(column_name, quoted=True).sql()


def check(made: PeerShare) -> None:
    """Refuse a peer share that names no peers, two kinds of peers, or a negative prior."""
    place = f"peer share '{made.name}'"
    if bool(made.edges) == bool(made.groups):
        raise FeatureError("either 'groups' with 'group_by' or 'edges'", where=place)
    if bool(made.groups) != bool(made.group_by):
        raise FeatureError("'groups' and 'group_by' belong together", where=place)
    if not 0 <= made.prior_weight < 1e9:
        raise FeatureError(f"prior weight {made.prior_weight}", where=place, expected="0 or more")
