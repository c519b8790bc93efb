"""Ratio to peers: a feature over its mean among peers at the same moment, itself left out."""

from __future__ import annotations

from sqlglot import exp

from perdure.kernel.features import PeerRatio
from perdure.platform.features.moments import MOMENT
from perdure.platform.features.plan import Step
from perdure.platform.features.relational import join, left_join, select, star
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


def ratio_steps(
    made: PeerRatio, base: str, groups: str, population: str, index: int
) -> tuple[list[Step], str]:
    """Group totals over the population, then ``base`` with the ratio as one more column."""
    columns = [f"_g{i}" for i in range(len(made.group_by))]
    value = column(made.feature, "b")
    in_group = all_of([matched("b", "g", PAIR), *(not_null(column(c, "g")) for c in columns)])
    group = [column(MOMENT, "b"), *(column(c, "g") for c in columns)]
    sums = [named(exp.Sum(this=value.copy()), "_s"), named(exp.Count(this=value.copy()), "_n")]
    totals = select(
        [*group, *sums],
        table(base, "b"),
        join(table(population, "p"), matched("b", "p", PAIR)),
        join(table(groups, "g"), in_group),
        group=group,
    )
    summed = Step(f"_sums_{index}", totals, f"sums of '{made.feature}' over groups of peers")
    with_ratio = select(
        [star("b"), named(_over_others(value), made.name)],
        table(base, "b"),
        left_join(table(population, "p"), matched("b", "p", PAIR)),
        left_join(table(groups, "g"), matched("b", "g", PAIR)),
        left_join(table(summed.name, "t"), matched("g", "t", [MOMENT, *columns])),
    )
    relation = f"_features_{index}"
    return [summed, Step(relation, with_ratio, f"ratio '{made.name}'")], relation


def _over_others(value: exp.Expr) -> exp.Expr:
    """The value over the mean of the group's others; itself counts only if in the population."""
    own = all_of([not_null(column(MOMENT, "p")), not_null(value.copy())])
    total = less(column("_s", "t"), or_zero(when(own, value.copy())))
    count = less(column("_n", "t"), or_zero(when(own.copy(), number(1.0))))
    return quotient(value.copy(), quotient(total, count))
