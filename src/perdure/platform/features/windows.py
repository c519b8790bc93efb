"""Feature views: many aggregations over many windows in one pass over the rows of a source."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.errors import FeatureError
from perdure.kernel.features import Aggregation, FeatureView, Window
from perdure.platform.features.expressions import Parameters, compiled
from perdure.platform.features.moments import AT, MOMENT, low, middle
from perdure.platform.features.plan import Step
from perdure.platform.features.relational import join, left_join, select, subquery
from perdure.platform.features.rows import ENTITY, EVENT, RANK, Rows, Tables, counts_at
from perdure.platform.features.syntax import (
    all_of,
    both,
    column,
    days_between,
    double,
    equal,
    less,
    matched,
    named,
    number,
    or_zero,
    quotient,
    table,
    times,
    when,
)

KEYS = "_keys"


@dataclass(frozen=True)
class Made:
    """A relation keyed by entity and moment, and the features that are its columns."""

    relation: str
    features: tuple[str, ...]


@dataclass
class ViewCompiler:
    """Turns one feature view into steps; ``number`` keeps the names of its relations apart."""

    view: FeatureView
    tables: Tables
    parameters: Parameters
    number: int
    outputs: dict[str, exp.Expr] = field(default_factory=dict)
    _aliases: dict[str, str] = field(default_factory=dict)

    def steps(self) -> tuple[list[Step], list[Made]]:
        """The rows of the view, then one pass over bounded windows and one over all history."""
        groups = self._groups()
        ranked = any(a.function == "last" for a in self.view.aggregations)
        passes = [
            _Pass(self, f"_view_{self.number}{suffix}", found)
            for suffix, found in (("", groups[True]), ("_history", groups[False]))
            if found
        ]
        made = [p.step() for p in passes]
        rows = Rows(
            self.view.source, {ENTITY: self.view.entity}, self.outputs, self._where(), ranked
        )
        read = self.tables.step(rows, self.rows, f"rows of view '{self.view.name}'")
        return [read, *made], [p.made() for p in passes]

    @property
    def rows(self) -> str:
        """The name of the relation of the view's rows."""
        return f"_rows_{self.number}"

    @property
    def restated(self) -> bool:
        """Whether rows of the source can be replaced later."""
        return self.tables.restated(self.view.source)

    def output(self, source: str | None, where: str, *, as_double: bool = False) -> str | None:
        """The column of the rows relation that holds an expression; each is computed once."""
        if source is None:
            return None
        columns = self.tables.columns(self.view.source)
        tree = compiled(source, columns, self.parameters, where=where, alias="e")
        tree = double(tree) if as_double else tree
        alias = self._aliases.setdefault(tree.sql(), f"_x{len(self._aliases)}")
        self.outputs[alias] = tree
        return alias

    def place(self, aggregation: Aggregation) -> str:
        """How errors name an aggregation."""
        return f"view '{self.view.name}', aggregation '{aggregation.name}'"

    def _where(self) -> exp.Expr | None:
        if self.view.where is None:
            return None
        columns = self.tables.columns(self.view.source)
        place = f"view '{self.view.name}'"
        return compiled(self.view.where, columns, self.parameters, where=place, alias="e")

    def _groups(self) -> dict[bool, list[tuple[Aggregation, str | None, str]]]:
        found: dict[bool, list[tuple[Aggregation, str | None, str]]] = {True: [], False: []}
        for aggregation in self.view.aggregations:
            check(aggregation, self.place(aggregation))
            windows = aggregation.windows or (None,)
            for window, feature in zip(windows, aggregation.feature_names(), strict=True):
                found[window is not None].append((aggregation, window, feature))
        return found


@dataclass
class _Pass:
    """One grouped pass: inner aggregates, and the outer expression of every feature."""

    compiler: ViewCompiler
    name: str
    wanted: list[tuple[Aggregation, str | None, str]]
    inner: dict[str, exp.Expr] = field(default_factory=dict)
    lookups: dict[str, str] = field(default_factory=dict)
    _aliases: dict[str, str] = field(default_factory=dict)

    def made(self) -> Made:
        return Made(self.name, tuple(feature for _, _, feature in self.wanted))

    def step(self) -> Step:
        outer = [named(self._feature(a, w), f) for a, w, f in self.wanted]
        lookups = [
            left_join(
                table(self.compiler.rows, alias),
                all_of(
                    [matched(alias, "a", [ENTITY]), equal(column(RANK, alias), column(rank, "a"))]
                ),
            )
            for rank, alias in self.lookups.items()
        ]
        columns = [column(ENTITY, "a"), column(MOMENT, "a"), *outer]
        query = select(columns, subquery(self._grouped(), "a"), *lookups)
        view = self.compiler.view
        return Step(self.name, query, f"features of view '{view.name}' from '{view.source}'")

    def _grouped(self) -> exp.Select:
        counts = counts_at("e", "k", restated=self.compiler.restated)
        on = all_of([matched("k", "e", [ENTITY]), counts, self._bound()])
        keys = [column(ENTITY, "k"), column(MOMENT, "k")]
        inner = [named(tree, alias) for alias, tree in self.inner.items()]
        rows = join(table(self.compiler.rows, "e"), on)
        return select([*keys, *inner], table(KEYS, "k"), rows, group=keys)

    def _bound(self) -> exp.Expr | None:
        """Rows older than every window are never looked at."""
        lows = sorted({w for _, w, _ in self.wanted if w})
        if not lows:
            return None
        trees = [column(low(w), "k") for w in lows]
        least = exp.Least(this=trees[0], expressions=trees[1:]) if trees[1:] else trees[0]
        return exp.GT(this=column(EVENT, "e"), expression=least)

    def _aggregate(self, tree: exp.Expr) -> exp.Column:
        alias = self._aliases.setdefault(tree.sql(), f"_a{len(self._aliases)}")
        self.inner[alias] = tree
        return column(alias, "a")

    def _kept(self, flag: str | None, since: str | None) -> exp.Expr | None:
        """The rows that satisfy a flag and lie after a bound of the moment."""
        later = exp.GT(this=column(EVENT, "e"), expression=column(since, "k")) if since else None
        return both([later, column(flag, "e") if flag else None])

    def _feature(self, made: Aggregation, window: str | None) -> exp.Expr:
        place = self.compiler.place(made)
        flag = self.compiler.output(made.where, f"{place}, where")
        since = low(window) if window else None
        kept = self._kept(flag, since)
        textual = made.function in ("last", "min", "max", "count_distinct", "count")
        value = self.compiler.output(made.value, f"{place}, value", as_double=not textual)
        if made.function in ("count", "recency"):
            return self._of_rows(made, kept, value)
        value = value or ""
        if made.function == "share":
            part = self.compiler.output(made.part, f"{place}, part")
            return self._share(value, kept, both([kept, column(part or "", "e")]))
        if made.function == "trend":
            return self._trend(value, kept, flag, window or "")
        if made.function == "adstock":
            return self._adstock(made, value, kept)
        if made.function == "last":
            return self._last(value, kept)
        return self._simple(made.function, value, kept)

    def _of_rows(self, made: Aggregation, kept: exp.Expr | None, value: str | None) -> exp.Expr:
        if made.function == "recency":
            newest = self._aggregate(exp.Max(this=when(kept, column(EVENT, "e"))))
            at = self._aggregate(exp.Max(this=column(AT, "k")))
            return days_between(newest, at)
        counted = when(kept, column(value, "e") if value else number(1))
        return exp.Nullif(this=self._aggregate(exp.Count(this=counted)), expression=number(0))

    def _sum(self, value: str, kept: exp.Expr | None) -> exp.Expr:
        return self._aggregate(exp.Sum(this=when(kept, column(value, "e"))))

    def _share(self, value: str, kept: exp.Expr | None, part: exp.Expr | None) -> exp.Expr:
        return quotient(or_zero(self._sum(value, part)), self._sum(value, kept))

    def _trend(self, value: str, kept: exp.Expr | None, flag: str | None, window: str) -> exp.Expr:
        newer = self._sum(value, self._kept(flag, middle(window)))
        older_rows = exp.LTE(this=column(EVENT, "e"), expression=column(middle(window), "k"))
        older = self._sum(value, both([kept, older_rows]))
        return quotient(less(or_zero(newer), or_zero(older)), self._sum(value, kept))

    def _adstock(self, made: Aggregation, value: str, kept: exp.Expr | None) -> exp.Expr:
        age = exp.Paren(this=days_between(column(EVENT, "e"), column(AT, "k")))
        halvings = exp.Div(this=age, expression=number(float(made.half_life_days or 1)))
        left = exp.Pow(this=number(0.5), expression=halvings)
        return self._aggregate(exp.Sum(this=when(kept, times(column(value, "e"), left))))

    def _last(self, value: str, kept: exp.Expr | None) -> exp.Expr:
        rank = self._aggregate(exp.Max(this=when(kept, column(RANK, "e"))))
        return column(value, self.lookups.setdefault(rank.name, f"r{len(self.lookups)}"))

    def _simple(self, function: str, value: str, kept: exp.Expr | None) -> exp.Expr:
        chosen = when(kept, column(value, "e"))
        if function == "count_distinct":
            distinct = exp.Count(this=exp.Distinct(expressions=[chosen]))
            return exp.Nullif(this=self._aggregate(distinct), expression=number(0))
        makers: dict[str, type[exp.AggFunc]] = {
            "sum": exp.Sum,
            "mean": exp.Avg,
            "min": exp.Min,
            "max": exp.Max,
        }
        return self._aggregate(makers[function](this=chosen))


def check(made: Aggregation, place: str) -> None:
    """Refuse an aggregation that lacks what its function needs, or carries what it ignores."""
    needs_value = made.function not in ("count", "recency")
    if needs_value and made.value is None:
        raise FeatureError(f"'{made.function}' needs a value", where=place)
    if made.function == "recency" and made.value is not None:
        raise FeatureError(
            "'recency' takes no value", where=place, hint="put the condition into where"
        )
    if (made.function == "share") != (made.part is not None):
        raise FeatureError("'part' belongs to 'share', which needs it", where=place)
    if (made.function == "adstock") != (made.half_life_days is not None):
        raise FeatureError("'half_life_days' belongs to 'adstock', which needs it", where=place)
    if made.half_life_days is not None and not 0 < made.half_life_days < 1e9:
        raise FeatureError(f"half-life of {made.half_life_days} days", where=place,
                           expected="a positive number of days")  # fmt: skip
    if made.function == "trend" and not made.windows:
        raise FeatureError("'trend' needs a window", where=place, expected="windows=('12mo',)")
    for window in made.windows:
        Window.of(window)
