"""The population: which entities were known at a moment?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa
from sqlglot import exp

from perdure.kernel.errors import FeatureError, did_you_mean
from perdure.kernel.features import FeatureSet
from perdure.platform.features.engines.duckdb import DuckSettings
from perdure.platform.features.moments import AT, MOMENTS, moments_step
from perdure.platform.features.plan import Plan, Step
from perdure.platform.features.rows import CODES, ENTITY, Rows, Tables, counts_at
from perdure.platform.features.session import dates_spine, session
from perdure.platform.features.sources import Contracts, Sources
from perdure.platform.features.syntax import column, matched, name, named, not_null, table, varchar


def population(
    sources: Sources,
    feature_set: FeatureSet,
    contracts: Contracts,
    at: datetime,
    *,
    versions: Mapping[str, int] | None = None,
    settings: DuckSettings | None = None,
) -> pa.Table:
    """Every entity with a row in the feature set's table of entities that was known at ``at``.

    Columns ``entity`` and ``at``, one row per entity, sorted: a spine for ``compute_features``.
    """
    source = feature_set.entities
    spine = dates_spine([at])
    with session(sources, [source], contracts, spine, versions=versions, settings=settings) as (
        engine,
        known,
    ):
        answer = engine.run(_plan(source, feature_set.entity, Tables(contracts, known)))
    return answer.cast(pa.schema([("entity", pa.string()), ("at", pa.timestamp("us"))]))


def _plan(source: str, entity: str, tables: Tables) -> Plan:
    codes = numbered_entities(source, entity, tables, f"population of '{source}'")
    rows = Rows(source, {ENTITY: entity}, {}).step("_rows", tables, f"rows of '{source}'")
    steps = [moments_step([], []), codes, *tables.validity_steps(), rows]
    keys = [column("entity", "c"), column(AT, "m")]
    query = (
        exp.select(*keys)
        .distinct()
        .from_(table(rows.name, "e"))
        .join(table(MOMENTS, "m"), on=counts_at("e", "m", restated=tables.restated(source)))
        .join(table(CODES, "c"), on=matched("c", "e", [ENTITY]))
        .order_by(*(k.copy() for k in reversed(keys)))
    )
    return Plan(f"population of '{source}'", tuple(steps), query)


def numbered_entities(source: str, entity: str, tables: Tables, where: str) -> Step:
    """Every entity of one table with a number of its own."""
    columns = tables.columns(source)
    if entity not in columns:
        raise FeatureError(
            f"table '{source}' has no entity column '{entity}'",
            where=where,
            hint=did_you_mean(entity, columns),
        )
    everyone = exp.select(named(varchar(column(entity)), "entity")).distinct().from_(table(source))
    order = exp.Order(expressions=[column("entity", "u")])
    query = (
        exp.select(named(exp.Window(this=exp.RowNumber(), order=order), ENTITY))
        .select(column("entity", "u"))
        .from_(everyone.subquery(name("u")))
        .where(not_null(column("entity", "u")))
    )
    return Step(CODES, query, "every entity, numbered")
