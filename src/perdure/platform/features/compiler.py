"""The compiler: a feature set becomes a plan of engine-neutral SQL trees.

Nothing here knows which engine runs the plan. The order of a plan: index dates, entities, the
distinct (entity, index date) keys, one relation per view and per peer share, all joined to the
keys, then ratios and derived features in the order of their declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.errors import FeatureError, did_you_mean
from perdure.kernel.features import (
    Derived,
    FeatureSet,
    FeatureView,
    PeerRatio,
    PeerShare,
    Window,
)
from perdure.platform.features.expressions import compiled
from perdure.platform.features.moments import AT, MOMENT, MOMENTS, SPINE, moments_step
from perdure.platform.features.peers import PeerCompiler
from perdure.platform.features.plan import Known, Plan, Step
from perdure.platform.features.ratio import ratio_steps
from perdure.platform.features.rows import CODES, ENTITY, Tables
from perdure.platform.features.sources import Contracts, contract_of
from perdure.platform.features.syntax import (
    column,
    double,
    equal,
    matched,
    name,
    named,
    number,
    or_else,
    table,
    varchar,
)
from perdure.platform.features.windows import KEYS, Made, ViewCompiler

ROW = "_row"
PAIR = (ENTITY, MOMENT)
_FEATURE = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,127}$")


def compile_features(
    feature_set: FeatureSet, contracts: Contracts, known: Known | None = None
) -> Plan:
    """The plan that computes a feature set for the rows of a relation ``spine``.

    ``spine`` has ``_row``, ``entity`` and ``at``; the answer has ``entity``, ``at`` and the
    features, in the order of ``_row``. Without ``known`` the tables are taken to be as their
    contracts say, and to hold restated facts.
    """
    for source in feature_set.sources():
        contract_of(source, contracts)
    if known is None:
        known = Known({s: contracts[s].names() for s in feature_set.sources()})
    return _Compiler(feature_set, Tables(contracts, known)).plan()


@dataclass
class _Compiler:
    features: FeatureSet
    tables: Tables
    steps: list[Step] = field(default_factory=list)

    def plan(self) -> Plan:
        names = self._names()
        peers = PeerCompiler(
            self.tables, self.features.parameters, self.features.entities, self.features.entity, {}
        )
        self._entity_column(self.features.entities, self.features.entity)
        ratios = any(isinstance(d, PeerRatio) for d in self.features.declarations)
        population = peers.current(self.features.entities, (), self.steps) if ratios else None
        self.steps.append(self._keys(population))
        base = self._derive(self._base(self._sourced(peers)), peers)
        head = [moments_step(*self._windows()), self._codes(), *self.tables.validity_steps()]
        return Plan(
            f"feature set '{self.features.name}'", (*head, *self.steps), self._answer(base, names)
        )

    def _names(self) -> tuple[str, ...]:
        names = self.features.feature_names()
        seen: dict[str, str] = {}
        for feature in names:
            if not _FEATURE.match(feature) or feature.lower() in ("entity", "at"):
                raise FeatureError(
                    f"{feature!r} is no name for a feature", expected="letters, digits and '_'"
                )
            if (other := seen.setdefault(feature.lower(), feature)) != feature:
                raise FeatureError(f"features '{other}' and '{feature}' differ in case only")
        for label in (*self.features.categorical, *self.features.excluded):
            if label not in names:
                raise FeatureError(
                    f"feature set '{self.features.name}' makes no feature '{label}'",
                    hint=did_you_mean(label, names),
                )
        return names

    def _windows(self) -> tuple[list[str], list[str]]:
        windows, halved = [], []
        for made in self.features.declarations:
            if isinstance(made, PeerShare):
                windows.append(str(Window.of(made.window)))
            elif isinstance(made, FeatureView):
                windows += [w for a in made.aggregations for w in a.windows]
                halved += [w for a in made.aggregations if a.function == "trend" for w in a.windows]
        return windows, halved

    def _codes(self) -> Step:
        """Entities as small numbers; more than those asked about only when peers are needed."""
        ids: list[exp.Select] = [exp.select(named(column("entity"), "entity")).from_(table(SPINE))]
        for source, key in self._populations():
            ids.append(exp.select(named(varchar(column(key)), "entity")).from_(table(source)))
        union: exp.Query = ids[0].distinct()
        for more in ids[1:]:
            union = exp.union(union, more, distinct=True)
        code = exp.Window(
            this=exp.RowNumber(), order=exp.Order(expressions=[column("entity", "u")])
        )
        query = (
            exp.select(named(code, ENTITY), column("entity", "u"))
            .from_(union.subquery(name("u")))
            .where(exp.Not(this=exp.Is(this=column("entity", "u"), expression=exp.Null())))
        )
        return Step(CODES, query, "every entity, numbered")

    def _populations(self) -> Iterable[tuple[str, str]]:
        found: dict[tuple[str, str], None] = {}
        for made in self.features.declarations:
            if isinstance(made, PeerShare):
                found[(made.source, made.entity)] = None
            if isinstance(made, PeerShare) and made.edges:
                found[(made.edges, made.to_column)] = None
            if isinstance(made, PeerShare | PeerRatio):
                found[(made.groups or self.features.entities, self.features.entity)] = None
                found[(self.features.entities, self.features.entity)] = None
        for source, key in found:
            self._entity_column(source, key)
        return found

    def _entity_column(self, source: str, key: str) -> None:
        known = self.tables.columns(source)
        if key not in known:
            raise FeatureError(
                f"table '{source}' has no entity column '{key}'", hint=did_you_mean(key, known)
            )

    def _keys(self, population: str | None) -> Step:
        """The distinct pairs of entity and index date; with ratios also the whole population."""
        pairs: exp.Query = (
            exp.select(column(ENTITY, "c"), column(MOMENT, "m"))
            .distinct()
            .from_(table(SPINE, "s"))
            .join(table(CODES, "c"), on=equal(column("entity", "c"), column("entity", "s")))
            .join(table(MOMENTS, "m"), on=equal(column(AT, "m"), column(AT, "s")))
        )
        if population:
            everyone = exp.select(*(column(c) for c in PAIR)).from_(table(population))
            pairs = exp.union(pairs, everyone, distinct=True)
        query = (
            exp.select(column(ENTITY, "p"), exp.Column(this=exp.Star(), table=name("m")))
            .from_(pairs.subquery(name("p")))
            .join(table(MOMENTS, "m"), on=matched("m", "p", [MOMENT]))
        )
        return Step(KEYS, query, "what is asked: every entity at its index dates, once")

    def _sourced(self, peers: PeerCompiler) -> list[Made]:
        """Relations of everything that comes from source rows."""
        found: list[Made] = []
        for index, made in enumerate(self.features.declarations, start=1):
            if isinstance(made, FeatureView):
                self._entity_column(made.source, made.entity)
                self._check_text(made)
                steps, more = ViewCompiler(
                    made, self.tables, self.features.parameters, index
                ).steps()
                found += more
                self.steps += steps
            elif isinstance(made, PeerShare):
                steps, one = peers.steps(made, index)
                found.append(one)
                self.steps += steps
        return found

    def _check_text(self, view: FeatureView) -> None:
        """Text has no number: such a feature must be declared categorical."""
        contract = self.tables.contracts[view.source]
        texts = {c.name for c in contract if c.dtype == "string"}
        for made in view.aggregations:
            if made.function == "count_distinct" or made.value not in texts:
                continue
            for feature in made.feature_names():
                if feature not in self.features.categorical and made.function != "count":
                    raise FeatureError(
                        f"'{made.value}' holds text, so '{feature}' is a label, not a number",
                        where=f"view '{view.name}', aggregation '{made.name}'",
                        hint=f"list '{feature}' under categorical",
                    )

    def _base(self, relations: Sequence[Made]) -> str:
        """All sourced features beside their key, filled and of their final type."""
        fills = {
            feature: made.fill
            for view in self.features.declarations
            if isinstance(view, FeatureView)
            for made in view.aggregations
            for feature in made.feature_names()
        }
        query = exp.select(*(column(c, "k") for c in PAIR)).from_(table(KEYS, "k"))
        for i, made in enumerate(relations):
            query = query.join(
                table(made.relation, f"v{i}"), on=matched("k", f"v{i}", PAIR), join_type="left"
            )
            for feature in made.features:
                tree = self._typed(feature, column(feature, f"v{i}"))
                fill = fills.get(feature)
                tree = tree if fill is None else or_else(tree, number(float(fill)))
                query = query.select(named(tree, feature))
        self.steps.append(Step("_features_0", query, "features from rows, side by side"))
        return "_features_0"

    def _typed(self, feature: str, tree: exp.Expr) -> exp.Expr:
        return varchar(tree) if feature in self.features.categorical else double(tree)

    def _derive(self, base: str, peers: PeerCompiler) -> str:
        """Derived features and ratios, each over those that were declared before it."""
        before: list[str] = []
        for index, made in enumerate(self.features.declarations, start=1):
            if isinstance(made, Derived):
                place = f"derived feature '{made.name}'"
                tree = compiled(made.expression, before, self.features.parameters, where=place,
                                alias="b")  # fmt: skip
                everything = exp.Column(this=exp.Star(), table=name("b"))
                query = exp.select(everything, named(self._typed(made.name, tree), made.name))
                base_before, base = base, f"_features_{index}"
                self.steps.append(
                    Step(base, query.from_(table(base_before, "b")), place, stored=False)
                )
            elif isinstance(made, PeerRatio):
                self._check_ratio(made, before)
                groups = peers.current(made.groups, made.group_by, self.steps)
                everyone = peers.current(self.features.entities, (), self.steps)
                steps, base = ratio_steps(made, base, groups, everyone, index)
                self.steps += steps
            before += made.feature_names()
        return base

    def _check_ratio(self, made: PeerRatio, before: Sequence[str]) -> None:
        place = f"peer ratio '{made.name}'"
        if made.feature not in before:
            raise FeatureError(f"no feature '{made.feature}' before it", where=place,
                               hint=did_you_mean(made.feature, before))  # fmt: skip
        if made.feature in self.features.categorical:
            raise FeatureError(f"'{made.feature}' is a label, not a number", where=place)
        if not made.group_by:
            raise FeatureError("'group_by' is empty", where=place)

    def _answer(self, base: str, names: Sequence[str]) -> exp.Select:
        return (
            exp.select(column("entity", "s"), column(AT, "s"), *(column(n, "b") for n in names))
            .from_(table(SPINE, "s"))
            .join(table(CODES, "c"), on=equal(column("entity", "c"), column("entity", "s")))
            .join(table(MOMENTS, "m"), on=equal(column(AT, "m"), column(AT, "s")))
            .join(
                table(base, "b"),
                on=exp.And(
                    this=equal(column(ENTITY, "b"), column(ENTITY, "c")),
                    expression=equal(column(MOMENT, "b"), column(MOMENT, "m")),
                ),
            )
            .order_by(column(ROW, "s"))
        )
