"""The current row of an entity at a moment: the last one known, by event time and arrival."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from perdure.platform.features.moments import MOMENT, MOMENTS
from perdure.platform.features.plan import Step
from perdure.platform.features.relational import join, select, subquery
from perdure.platform.features.rows import RANK, Rows, Tables, counts_at
from perdure.platform.features.syntax import column, matched, named, table


def current_steps(
    source: str,
    entities: Mapping[str, str],
    outputs: Mapping[str, exp.Expr],
    tables: Tables,
    suffix: str,
) -> list[Step]:
    """``_current_<suffix>``: one row per entity (or pair of entities) and moment, with outputs.

    ``entities`` maps the key columns of the result to the columns of the source.
    """
    unique = tables.known.facts_of(source).unique_pairs
    rows = Rows(source, entities, outputs, ranked=not unique)
    read = tables.step(rows, f"_statements_{suffix}", f"rows of '{source}'")
    counts = counts_at("e", "m", restated=tables.restated(source))
    moments = join(table(MOMENTS, "m"), counts)
    keys = [column(k, "e") for k in entities]
    values = [column(o, "e") for o in outputs]
    if unique:
        query = select([*keys, column(MOMENT, "m"), *values], table(read.name, "e"), moments)
    else:
        newest = select(
            [*keys, column(MOMENT, "m"), named(exp.Max(this=column(RANK, "e")), RANK)],
            table(read.name, "e"),
            moments,
            group=[*keys, column(MOMENT, "m")],
        )
        last = join(subquery(newest, "n"), matched("e", "n", [*entities, RANK]))
        query = select([*keys, column(MOMENT, "n"), *values], table(read.name, "e"), last)
    why = f"the current row of '{source}' at every index date"
    return [read, Step(f"_current_{suffix}", query, why)]
