"""The current row of an entity at a moment: the last one known, by event time and arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from perdure.platform.features.moments import MOMENT, MOMENTS
from perdure.platform.features.plan import Step
from perdure.platform.features.rows import RANK, Rows, Tables, counts_at
from perdure.platform.features.syntax import column, equal, name, named, table


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
    rows = Rows(source, entities, outputs, ranked=True)
    read = rows.step(f"_statements_{suffix}", tables, f"rows of '{source}'")
    keys = list(entities)
    made = f"_current_{suffix}"
    if tables.known.facts_of(source).unique_pairs:
        return [
            read,
            Step(made, _all(read.name, keys, list(outputs), tables, source), _why(source)),
        ]
    newest = _newest(read.name, keys, tables, source).subquery(name("n"))
    query = (
        exp.select(*(column(k, "e") for k in keys), column(MOMENT, "n"))
        .select(*(column(o, "e") for o in outputs))
        .from_(newest)
        .join(table(read.name, "e"), on=equal(column(RANK, "e"), column(RANK, "n")))
    )
    return [read, Step(made, query, _why(source))]


def _newest(rows: str, keys: Sequence[str], tables: Tables, source: str) -> exp.Select:
    group = [*(column(k, "e") for k in keys), column(MOMENT, "m")]
    return (
        exp.select(column(MOMENT, "m"), named(exp.Max(this=column(RANK, "e")), RANK))
        .from_(table(rows, "e"))
        .join(table(MOMENTS, "m"), on=counts_at("e", "m", restated=tables.restated(source)))
        .group_by(*group)
    )


def _all(
    rows: str, keys: Sequence[str], outputs: Sequence[str], tables: Tables, source: str
) -> exp.Select:
    return (
        exp.select(*(column(k, "e") for k in keys), column(MOMENT, "m"))
        .select(*(column(o, "e") for o in outputs))
        .from_(table(rows, "e"))
        .join(table(MOMENTS, "m"), on=counts_at("e", "m", restated=tables.restated(source)))
    )


def _why(source: str) -> str:
    return f"the current row of '{source}' at every index date"
