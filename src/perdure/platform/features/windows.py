"""Many aggregations over many windows in one pass over the rows of a view.

Every row is joined to the keys it counts for; a window is a condition inside an aggregate. That
is the same SQL for every engine, takes bounded memory, and costs one join for any number of
windows. CASE inside the aggregate, not FILTER: the same answer, measured three times as fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.features import Aggregation
from perdure.platform.features.moments import AT, MOMENT, low, middle
from perdure.platform.features.plan import Step
from perdure.platform.features.relational import join, left_join, select, subquery
from perdure.platform.features.rows import ENTITY, EVENT, RANK, counts_at
from perdure.platform.features.syntax import (
    all_of,
    both,
    column,
    days_between,
    equal,
    least,
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
from perdure.platform.features.view_rows import KEYS, Made, ViewRows, Wanted

AS_DOUBLE = frozenset({"sum", "mean", "share", "trend", "adstock"})


@dataclass
class WindowPass:
    """One grouped pass: inner aggregates, and the outer expression of every feature."""

    rows: ViewRows
    name: str
    wanted: list[Wanted]
    inner: dict[str, exp.Expr] = field(default_factory=dict)
    lookups: dict[str, str] = field(default_factory=dict)
    _aliases: dict[str, str] = field(default_factory=dict)

    def made(self) -> Made:
        """The relation and its features."""
        return Made(self.name, tuple(w.feature for w in self.wanted))

    def step(self) -> Step:
        """The pass as a step."""
        outer = [named(self._feature(w.made, w.window), w.feature) for w in self.wanted]
        lookups = [
            left_join(table(self.rows.relation, alias), self._same_row(alias, rank))
            for rank, alias in self.lookups.items()
        ]
        columns = [column(ENTITY, "a"), column(MOMENT, "a"), *outer]
        query = select(columns, subquery(self._grouped(), "a"), *lookups)
        view = self.rows.view
        return Step(self.name, query, f"features of view '{view.name}' from '{view.source}'")

    def _same_row(self, alias: str, rank: str) -> exp.Expr:
        newest = equal(column(RANK, alias), column(rank, "a"))
        return all_of([matched(alias, "a", [ENTITY]), newest])

    def _grouped(self) -> exp.Select:
        counts = counts_at("e", "k", restated=self.rows.restated)
        on = all_of([matched("e", "k", [ENTITY]), counts, self._bound()])
        keys = [column(ENTITY, "k"), column(MOMENT, "k")]
        inner = [named(tree, alias) for alias, tree in self.inner.items()]
        rows = table(self.rows.relation, "e")
        return select([*keys, *inner], rows, join(table(KEYS, "k"), on), group=keys)

    def _bound(self) -> exp.Expr | None:
        """Rows older than every window are never looked at."""
        trees = [column(low(w), "k") for w in sorted({w.window for w in self.wanted if w.window})]
        if not trees:
            return None
        oldest = least(*trees) if trees[1:] else trees[0]
        return exp.GT(this=column(EVENT, "e"), expression=oldest)

    def _aggregate(self, tree: exp.Expr) -> exp.Column:
        alias = self._aliases.setdefault(tree.sql(), f"_a{len(self._aliases)}")
        self.inner[alias] = tree
        return column(alias, "a")

    def _kept(self, flag: str | None, since: str | None) -> exp.Expr | None:
        """The rows that satisfy a flag and lie after a bound of the moment."""
        later = exp.GT(this=column(EVENT, "e"), expression=column(since, "k")) if since else None
        return both([later, column(flag, "e") if flag else None])

    def _feature(self, made: Aggregation, window: str | None) -> exp.Expr:
        flag = self.rows.flag(made)
        kept = self._kept(flag, low(window) if window else None)
        if made.function in ("recency", "age"):
            return self._days_since(exp.Max if made.function == "recency" else exp.Min, kept)
        if made.value is None:
            return self._count(when(kept, number(1)))
        place, as_double = f"{self.rows.place(made)}, value", made.function in AS_DOUBLE
        value = self.rows.output(made.value, place, as_double=as_double)
        if made.function == "share":
            return self._share(made, value, kept)
        if made.function == "trend":
            return self._trend(value, kept, flag, window or "")
        if made.function == "adstock":
            return self._adstock(made, value, kept)
        if made.function == "last":
            return self._last(value, kept)
        return self._simple(made.function, when(kept, column(value, "e")))

    def _days_since(self, which: type[exp.AggFunc], kept: exp.Expr | None) -> exp.Expr:
        row = self._aggregate(which(this=when(kept, column(EVENT, "e"))))
        return days_between(row, self._aggregate(exp.Max(this=column(AT, "k"))))

    def _count(self, counted: exp.Expr) -> exp.Expr:
        """The count of nothing is NULL, whether or not there are rows in other windows."""
        return exp.Nullif(this=self._aggregate(exp.Count(this=counted)), expression=number(0))

    def _sum(self, value: str, kept: exp.Expr | None) -> exp.Expr:
        return self._aggregate(exp.Sum(this=when(kept, column(value, "e"))))

    def _share(self, made: Aggregation, value: str, kept: exp.Expr | None) -> exp.Expr:
        part = self.rows.output(made.part or "", f"{self.rows.place(made)}, part")
        of_part = self._sum(value, both([kept, column(part, "e")]))
        return quotient(or_zero(of_part), self._sum(value, kept))

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
        """The value of the last row, also when it is NULL: looked up by the row's rank."""
        rank = self._aggregate(exp.Max(this=when(kept, column(RANK, "e"))))
        return column(value, self.lookups.setdefault(rank.name, f"r{len(self.lookups)}"))

    def _simple(self, function: str, chosen: exp.Expr) -> exp.Expr:
        if function in ("count", "count_distinct"):
            distinct = exp.Distinct(expressions=[chosen])
            return self._count(distinct if function == "count_distinct" else chosen)
        makers: dict[str, type[exp.AggFunc]]
        makers = {"sum": exp.Sum, "mean": exp.Avg, "min": exp.Min, "max": exp.Max}
        return self._aggregate(makers[function](this=chosen))
