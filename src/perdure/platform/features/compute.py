"""Features as they were known: what did we know about these entities at these moments?"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from perdure.kernel.errors import FeatureError
from perdure.kernel.features import FeatureSet, PeerShare
from perdure.platform.features.compiler import ROW, compile_features
from perdure.platform.features.engines.duckdb import DuckSettings, statement
from perdure.platform.features.restated import must_search
from perdure.platform.features.session import session
from perdure.platform.features.sources import Contracts, Sources


def compute_features(
    sources: Sources,
    feature_set: FeatureSet,
    contracts: Contracts,
    spine: pa.Table,
    *,
    versions: Mapping[str, int] | None = None,
    settings: DuckSettings | None = None,
) -> pa.Table:
    """Every feature of every row of the spine, as it was known at that row's moment.

    ``spine`` has columns ``entity`` (string) and ``at`` (timestamp, naive UTC). The answer has
    ``entity``, ``at`` and one column per feature (double, or string for categorical ones), one
    row per row of the spine and in its order: equal rows stay apart, an entity without any row
    in the sources keeps its row, with NULL (or ``fill``). Values that are not finite are NULL.

    ``sources`` is a project or tables by name; ``versions`` pins versions of a project's tables.
    Raises :class:`FeatureError` naming the declaration when it cannot be compiled or run.
    """
    with session(
        sources,
        feature_set.sources(),
        contracts,
        checked_spine(spine),
        edges=_edges(feature_set),
        search=must_search(feature_set, contracts),
        versions=versions,
        settings=settings,
    ) as (engine, known):
        answer = engine.run(compile_features(feature_set, contracts, known))
    return _finished(answer, feature_set)


def explain_sql(feature_set: FeatureSet, contracts: Contracts) -> str:
    """The SQL that computes the features, to be read by a person.

    Written for tables that hold restated facts, which is the longest form of the plan.
    """
    plan = compile_features(feature_set, contracts)
    parts = [f"-- {s.meaning}\n{statement(s, pretty=True)};" for s in plan.steps]
    answer = plan.answer.sql(dialect="duckdb", pretty=True)
    return "\n\n".join([*parts, f"-- the answer: {plan.title}\n{answer};"])


def checked_spine(spine: pa.Table) -> pa.Table:
    """The spine with its types put right and its rows numbered; NULLs are refused."""
    for needed in ("entity", "at"):
        if needed not in spine.column_names:
            raise FeatureError(f"the spine has no column '{needed}'", expected="entity, at")
        if spine[needed].null_count:
            raise FeatureError(f"{spine[needed].null_count} rows of the spine have no '{needed}'")
    entity = spine["entity"].cast(pa.string())
    at = spine["at"].cast(pa.timestamp("us"))
    rows = pa.array(range(spine.num_rows), pa.int64())
    return pa.table({ROW: rows, "entity": entity, "at": at})


def _edges(feature_set: FeatureSet) -> dict[str, tuple[str, str]]:
    return {
        made.edges: (made.from_column, made.to_column)
        for made in feature_set.declarations
        if isinstance(made, PeerShare) and made.edges
    }


def _finished(answer: pa.Table, feature_set: FeatureSet) -> pa.Table:
    """The answer in its promised types; what is no finite number is missing."""
    columns: dict[str, pa.ChunkedArray] = {
        "entity": answer["entity"].cast(pa.string()),
        "at": answer["at"].cast(pa.timestamp("us")),
    }
    for name in feature_set.feature_names():
        values = answer[name]
        if name in feature_set.categorical:
            columns[name] = values.cast(pa.string())
        else:
            # Adding zero turns -0.0 into 0.0, which is how every store gives it back.
            columns[name] = pc.add(pc.if_else(pc.is_finite(values), values, None), 0.0)
    return pa.table(columns)
