"""Ratio to peers: a feature over its mean among peers at the same moment, itself left out."""

from __future__ import annotations

from sqlglot import exp

from perdure.kernel.features import PeerRatio
from perdure.platform.features.moments import MOMENT
from perdure.platform.features.plan import Step
from perdure.platform.features.rows import ENTITY
from perdure.platform.features.syntax import (
    both,
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
    in_group = both([matched("b", "g", PAIR), *(not_null(column(c, "g")) for c in columns)])
    group = [column(MOMENT, "b"), *(column(c, "g") for c in columns)]
    totals = (
        exp.select(*(g.copy() for g in group))
        .select(named(exp.Sum(this=value.copy()), "_s"), named(exp.Count(this=value.copy()), "_n"))
        .from_(table(base, "b"))
        .join(table(population, "p"), on=matched("b", "p", PAIR))
        .join(table(groups, "g"), on=in_group)
        .group_by(*group)
    )
    summed = Step(f"_sums_{index}", totals, f"sums of '{made.feature}' over groups of peers")
    own = both([not_null(column(MOMENT, "p")), not_null(value.copy())])
    others = less(column("_s", "t"), or_zero(when(own, value.copy())))
    count = less(column("_n", "t"), or_zero(when(own.copy() if own else None, number(1.0))))
    ratio = quotient(value.copy(), quotient(others, count))
    query = (
        exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("b", quoted=True)))
        .select(named(ratio, made.name))
        .from_(table(base, "b"))
        .join(table(population, "p"), on=matched("b", "p", PAIR), join_type="left")
        .join(table(groups, "g"), on=matched("b", "g", PAIR), join_type="left")
        .join(table(summed.name, "t"), on=matched("g", "t", [MOMENT, *columns]), join_type="left")
    )
    relation = f"_features_{index}"
    return [summed, Step(relation, query, f"ratio '{made.name}'")], relation
