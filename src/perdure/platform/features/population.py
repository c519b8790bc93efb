"""The population: which entities were known at a moment?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa

from perdure.kernel.features import FeatureSet
from perdure.platform.features.engines.duckdb import DuckSettings
from perdure.platform.features.entities import entities_of
from perdure.platform.features.moments import AT, MOMENTS, last_moment, moments_step
from perdure.platform.features.plan import Plan
from perdure.platform.features.relational import join, select
from perdure.platform.features.rows import CODES, ENTITY, NAME, Rows, Tables, counts_at
from perdure.platform.features.session import dates_spine, session
from perdure.platform.features.sources import Contracts, Sources
from perdure.platform.features.syntax import column, matched, table


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
        answer = engine.run(
            _plan(source, feature_set.entity, Tables(contracts, known, last_moment()))
        )
    return answer.cast(pa.schema([("entity", pa.string()), ("at", pa.timestamp("us"))]))


def _plan(source: str, entity: str, tables: Tables) -> Plan:
    title = f"population of '{source}'"
    codes = entities_of(source, entity, tables, title)
    rows = tables.step(Rows(source, {ENTITY: entity}, {}), "_rows", f"rows of '{source}'")
    counts = counts_at("e", "m", restated=tables.restated(source))
    query = select(
        [column(NAME, "c"), column(AT, "m")],
        table(rows.name, "e"),
        join(table(MOMENTS, "m"), counts),
        join(table(CODES, "c"), matched("c", "e", [ENTITY])),
        order=[column(AT, "m"), column(NAME, "c")],
        distinct=True,
    )
    return Plan(title, (moments_step([], []), codes, *tables.steps(), rows), query)
