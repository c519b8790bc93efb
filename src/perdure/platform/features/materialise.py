"""Features of a whole population, kept: one partition of a versioned table per index date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from perdure.kernel.features import FeatureSet
from perdure.kernel.names import digest, slug
from perdure.platform.features.compute import compute_features
from perdure.platform.features.engines.duckdb import DuckSettings
from perdure.platform.features.online import OnlineStore
from perdure.platform.features.population import population
from perdure.platform.features.sources import Contracts, versions_of
from perdure.platform.storage.lake import Lake, TableVersion
from perdure.platform.storage.project import Project

PARTITION = "index_date"
SEMANTICS = 1
"""Goes up when a declaration starts to mean something else, so that nothing old is reused."""


@dataclass(frozen=True, slots=True)
class Materialised:
    """Features of everyone at one moment: which table and version hold them, made from what.

    ``reused``: they were there already, made by the same declaration from the same versions.
    """

    table: str
    version: int
    rows: int
    at: datetime
    inputs: Mapping[str, int] = field(default_factory=dict)
    reused: bool = False

    @property
    def partition(self) -> str:
        """The value of ``index_date`` in the table."""
        return f"{self.at:%Y-%m-%d}"


def features_table(solution: str, case: str) -> str:
    """The name of the table that holds the features of a case.

    >>> features_table("conversion", "VOLTAREN")
    'features.conversion.voltaren'
    """
    return f"features.{solution}.{slug(case)}"


def spec_digest(feature_set: FeatureSet) -> str:
    """SHA-256 of all that decides what the columns hold."""
    return digest(
        [
            SEMANTICS,
            feature_set.digest(),
            feature_set.entity,
            feature_set.entities,
            list(feature_set.categorical),
        ]
    )


def materialise(
    project: Project,
    solution: str,
    case: str,
    feature_set: FeatureSet,
    contracts: Contracts,
    at: datetime,
    *,
    settings: DuckSettings | None = None,
) -> Materialised:
    """Compute the features of the whole population at ``at`` and keep them.

    The table is ``features.<solution>.<case>``, partitioned by ``index_date``. The same
    declaration over the same table versions is not computed again.
    """
    name, lake = features_table(solution, case), project.lake
    inputs = versions_of(project, feature_set.sources())
    key = digest([spec_digest(feature_set), inputs, at.isoformat()])
    newest = _newest(lake, name, f"{at:%Y-%m-%d}")
    if newest and newest.note.get("spec") == key:
        rows = int(newest.note["rows"])
        return Materialised(name, newest.version, rows, at, inputs, reused=True)
    spine = population(project, feature_set, contracts, at, versions=inputs, settings=settings)
    made = compute_features(
        project, feature_set, contracts, spine, versions=inputs, settings=settings
    )
    # A declaration that comes back after another one must be written again: its key says so.
    turn = f"{key}:{newest.version if newest else 'first'}"
    note = {"spec": key, PARTITION: f"{at:%Y-%m-%d}", "rows": made.num_rows}
    version = _store(lake, name, made, f"{at:%Y-%m-%d}", turn, note)
    return Materialised(name, version, made.num_rows, at, inputs)


def read_features(project: Project, made: Materialised) -> pa.Table:
    """The rows of one materialisation: entity, at and the features."""
    dataset = project.lake.dataset(made.table, made.version)
    table = dataset.to_table(filter=pc.field(PARTITION) == made.partition)
    return table.drop_columns([PARTITION])


def publish(project: Project, solution: str, case: str, made: Materialised) -> int:
    """Put materialised features into the online store, for look-ups of one row; gives the rows."""
    table = read_features(project, made)
    with OnlineStore(project.var / "online.sqlite") as store:
        store.fill(features_table(solution, case), table, made.version)
    return int(table.num_rows)


def _newest(lake: Lake, name: str, partition: str) -> TableVersion | None:
    """The newest version that wrote the partition."""
    if not lake.exists(name):
        return None
    found = (v for v in lake.history(name) if v.note.get(PARTITION) == partition)
    return next(found, None)


def _store(
    lake: Lake, name: str, made: pa.Table, partition: str, key: str, note: Mapping[str, object]
) -> int:
    data = made.append_column(PARTITION, pa.array([partition] * made.num_rows, pa.string()))
    if lake.exists(name) and _retyped(lake.schema(name), data.schema):
        # A feature changed its type: older partitions stay readable in older versions.
        return lake.replace(name, data, key=key, partition_by=(PARTITION,), note=note)
    return lake.replace_partition(name, data, partition={PARTITION: partition}, key=key, note=note)


def _retyped(old: pa.Schema, new: pa.Schema) -> bool:
    return any(f.name in old.names and old.field(f.name).type != f.type for f in new)
