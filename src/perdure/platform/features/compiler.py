"""The compiler: a feature set becomes a plan of engine-neutral SQL trees.

Nothing here knows which engine runs the plan. The order of a plan: index dates, entities, the
distinct (entity, index date) keys, one relation per view and per peer share, all joined to the
keys, then ratios and derived features in the order of their declaration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.features import (
    FeatureSet,
    FeatureView,
    PeerRatio,
    PeerShare,
    Window,
)
from perdure.platform.features.declared import checked_names
from perdure.platform.features.derive import FeatureCompiler, typed
from perdure.platform.features.entities import check_entity, numbered
from perdure.platform.features.latest import LATEST, intervals_step
from perdure.platform.features.moments import AT, MOMENT, MOMENTS, SPINE, last_moment, moments_step
from perdure.platform.features.peers import PeerCompiler
from perdure.platform.features.plan import Known, Plan, Step
from perdure.platform.features.relational import join, left_join, select, star, subquery, union
from perdure.platform.features.rows import CODES, ENTITY, NAME, Tables
from perdure.platform.features.sources import Contracts, contract_of
from perdure.platform.features.syntax import (
    all_of,
    column,
    matched,
    named,
    number,
    or_else,
    table,
    varchar,
)
from perdure.platform.features.view_rows import KEYS, Made
from perdure.platform.features.views import ViewCompiler

ROW = "_row"
PAIR = (ENTITY, MOMENT)


def compile_features(
    feature_set: FeatureSet, contracts: Contracts, known: Known | None = None
) -> Plan:
    """The plan that computes a feature set for the rows of a relation ``spine``.

    ``spine`` has ``_row``, ``entity`` and ``at``; the answer has ``entity``, ``at`` and the
    features, in the order of ``_row``. Without ``known`` the tables are taken to be as their
    contracts say, and to hold restated facts.
    """
    if known is None:
        sources = feature_set.sources()
        known = Known({s: contract_of(s, contracts).names() for s in sources})
    return _Compiler(feature_set, Tables(contracts, known, last_moment())).plan()


@dataclass
class _Compiler:
    features: FeatureSet
    tables: Tables
    steps: list[Step] = field(default_factory=list)
    _intervals: list[Step] = field(default_factory=list)

    def plan(self) -> Plan:
        names = checked_names(self.features, self.tables.contracts)
        self._entity_column(self.features.entities, self.features.entity)
        peers = PeerCompiler(
            self.tables,
            self.features.parameters,
            self.features.entities,
            self.features.entity,
            self.steps,
        )
        self.steps.append(self._keys(peers))
        first = self._base(self._sourced(peers))
        base = FeatureCompiler(self.features, peers, self.steps, first).compile()
        head = [moments_step(*self._windows()), self._codes(), *self.tables.steps()]
        title = f"feature set '{self.features.name}'"
        return Plan(title, (*head, *self.steps), self._answer(base, names))

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
        asked = select([column(NAME)], SPINE)
        others = [
            select([named(varchar(column(key)), NAME)], source)
            for source, key in self._populations()
        ]
        return numbered(union(asked, *others))

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
        check_entity(source, key, self.tables, f"feature set '{self.features.name}'")

    def _keys(self, peers: PeerCompiler) -> Step:
        """The distinct pairs of entity and index date; with ratios also the whole population."""
        pairs: exp.Query = select(
            [column(ENTITY, "c"), column(MOMENT, "m")],
            table(SPINE, "s"),
            *_coded("s"),
            distinct=True,
        )
        if any(isinstance(d, PeerRatio) for d in self.features.declarations):
            everyone = peers.current(self.features.entities)
            pairs = union(pairs, select([column(c) for c in PAIR], everyone))
        bounds = join(table(MOMENTS, "m"), matched("m", "p", [MOMENT]))
        query = select([column(ENTITY, "p"), star("m")], subquery(pairs, "p"), bounds)
        return Step(KEYS, query, "what is asked: every entity at its index dates, once")

    def _sourced(self, peers: PeerCompiler) -> list[Made]:
        """Relations of everything that comes from source rows."""
        found: list[Made] = []
        for index, made in enumerate(self.features.declarations, start=1):
            if isinstance(made, FeatureView):
                self._entity_column(made.source, made.entity)
                steps, more = ViewCompiler(
                    made, self.tables, self.features.parameters, index
                ).steps()
                if any(m.relation.endswith(LATEST) for m in more) and not self._intervals:
                    self._intervals = [intervals_step()]
                    self.steps += self._intervals
                found += more
                self.steps += steps
            elif isinstance(made, PeerShare):
                found.append(peers.compile(made, index))
        return found

    def _base(self, relations: Sequence[Made]) -> str:
        """All sourced features beside their key, filled and of their final type."""
        fills = {
            feature: made.fill
            for view in self.features.declarations
            if isinstance(view, FeatureView)
            for made in view.aggregations
            for feature in made.feature_names()
        }
        columns: list[exp.Expr] = [column(c, "k") for c in PAIR]
        for i, made in enumerate(relations):
            for feature in made.features:
                tree = typed(self.features, feature, column(feature, f"v{i}"))
                fill = fills.get(feature)
                tree = tree if fill is None else or_else(tree, number(float(fill)))
                columns.append(named(tree, feature))
        joins = [
            left_join(table(made.relation, f"v{i}"), matched("k", f"v{i}", PAIR))
            for i, made in enumerate(relations)
        ]
        query = select(columns, table(KEYS, "k"), *joins)
        self.steps.append(Step("_features_0", query, "features from rows, side by side"))
        return "_features_0"

    def _answer(self, base: str, names: Sequence[str]) -> exp.Select:
        on = all_of([matched("b", "c", [ENTITY]), matched("b", "m", [MOMENT])])
        columns = [column(NAME, "s"), column(AT, "s"), *(column(n, "b") for n in names)]
        rows = table(SPINE, "s")
        return select(
            columns, rows, *_coded("s"), join(table(base, "b"), on), order=[column(ROW, "s")]
        )


def _coded(spine: str) -> list[exp.Join]:
    """The numbers of a spine row's entity (alias ``c``) and moment (alias ``m``)."""
    return [
        join(table(CODES, "c"), matched("c", spine, [NAME])),
        join(table(MOMENTS, "m"), matched("m", spine, [AT])),
    ]
