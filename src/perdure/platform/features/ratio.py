"""Ratio to peers: a feature over its mean among peers at the same moment, itself left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.features import PeerRatio
from perdure.platform.features.moments import MOMENT
from perdure.platform.features.plan import Step
from perdure.platform.features.relational import join, left_join, select
from perdure.platform.features.rows import ENTITY
from perdure.platform.features.syntax import (
    all_of,
    column,
    less,
    matched,
    named,
    not_null,
    number,
    or_zero,
    quotient,
    table,
    when,
)

PAIR = (ENTITY, MOMENT)


@dataclass
class Ratios:
    """Ratios over one relation of features; those with the same groups share their totals."""

    base: str
    population: str
    trees: dict[str, exp.Expr] = field(default_factory=dict)
    _groups: dict[str, list[PeerRatio]] = field(default_factory=dict)

    def add(self, made: PeerRatio, groups: str) -> None:
        """One more ratio; ``groups`` is the relation of its peers' group values."""
        self._groups.setdefault(groups, []).append(made)
        number_ = list(self._groups).index(groups)
        self.trees[made.name] = _over_others(made.feature, f"t{number_}")

    def steps(self, level: str) -> list[Step]:
        """For every kind of group: sum and number of each feature over the population."""
        return [
            Step(
                f"{level}_sums_{i}",
                self._sums(groups, ratios),
                f"sums over groups of peers for {', '.join(r.name for r in ratios)}"[:200],
            )
            for i, (groups, ratios) in enumerate(self._groups.items())
        ]

    def _sums(self, groups: str, ratios: list[PeerRatio]) -> exp.Select:
        columns = _group_columns(ratios)
        in_group = all_of([matched("b", "g", PAIR), *(not_null(column(c, "g")) for c in columns)])
        group = [column(MOMENT, "b"), *(column(c, "g") for c in columns)]
        totals = [
            made
            for feature in dict.fromkeys(r.feature for r in ratios)
            for made in (
                named(exp.Sum(this=column(feature, "b")), f"sum_{feature}"),
                named(exp.Count(this=column(feature, "b")), f"n_{feature}"),
            )
        ]
        return select(
            [*group, *totals],
            table(self.base, "b"),
            join(table(self.population, "p"), matched("b", "p", PAIR)),
            join(table(groups, "g"), in_group),
            group=group,
        )

    def joins(self, level: str) -> list[exp.Join]:
        """What the relation (alias ``b``) is joined to for the ratios."""
        if not self._groups:
            return []
        made = [left_join(table(self.population, "p"), matched("b", "p", PAIR))]
        for i, (groups, ratios) in enumerate(self._groups.items()):
            keys = [MOMENT, *_group_columns(ratios)]
            made.append(left_join(table(groups, f"g{i}"), matched("b", f"g{i}", PAIR)))
            sums = table(f"{level}_sums_{i}", f"t{i}")
            made.append(left_join(sums, matched(f"g{i}", f"t{i}", keys)))
        return made


def _group_columns(ratios: list[PeerRatio]) -> list[str]:
    return [f"_g{i}" for i in range(len(ratios[0].group_by))]


def _over_others(feature: str, totals: str) -> exp.Expr:
    """The value over the mean of the group's others; itself counts only if in the population."""
    value = column(feature, "b")
    own = all_of([not_null(column(MOMENT, "p")), not_null(value.copy())])
    total = less(column(f"sum_{feature}", totals), or_zero(when(own, value.copy())))
    others = less(column(f"n_{feature}", totals), or_zero(when(own.copy(), number(1.0))))
    return quotient(value, quotient(total, others))
