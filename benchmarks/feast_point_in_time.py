"""The point-in-time join of ``point_in_time`` by Feast, run by the python of Feast's environment.

Imports nothing of perdure: ``PYTHON benchmarks/feast_point_in_time.py FOLDER [duckdb|dask]`` reads
``events.parquet`` and ``labels.parquet`` of the folder, writes ``feast.parquet``, and prints CPU
seconds from after its imports and peak memory. Feast needs ``event_timestamp`` and numbers of its
own types; renaming columns is done outside the measured time.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

FEATURES = ("amount", "visits", "score")


def renamed(folder: Path) -> tuple[Path, Any]:
    """Events under the column names that Feast asks for, and labels as a data frame."""
    import pyarrow.parquet as pq

    events = pq.read_table(folder / "events.parquet")
    names = {"event_time": "event_timestamp", "known_at": "created"}
    path = folder / "events-feast.parquet"
    pq.write_table(events.rename_columns([names.get(n, n) for n in events.column_names]), path)
    labels = pq.read_table(folder / "labels.parquet")
    frame = labels.rename_columns(["row", "entity", "event_timestamp"]).to_pandas()
    frame["event_timestamp"] = frame["event_timestamp"].dt.tz_localize("UTC")
    return path, frame


def store(folder: Path, events: Path, kind: str) -> Any:
    """A feature store with one view of three features."""
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
    from feast.types import Float32, Float64, Int64
    from feast.value_type import ValueType

    entity = Entity(name="entity", join_keys=["entity"], value_type=ValueType.STRING)
    source = FileSource(path=str(events), timestamp_field="event_timestamp")
    view = FeatureView(
        name="last",
        entities=[entity],
        ttl=timedelta(days=10_000),
        schema=[
            Field(name=n, dtype=t) for n, t in zip(FEATURES, (Float64, Int64, Float32), strict=True)
        ],
        source=source,
    )
    config = RepoConfig(
        project="benchmark",
        registry=str(folder / "registry.db"),
        provider="local",
        offline_store={"type": kind},
        online_store={"type": "sqlite", "path": str(folder / "online.db")},
        entity_key_serialization_version=3,
    )
    made = FeatureStore(config=config)
    made.apply([entity, view])
    return made


def main() -> None:
    """Join, write, report."""
    folder = Path(sys.argv[1])
    kind = sys.argv[2] if len(sys.argv) > 2 else "duckdb"
    events, labels = renamed(folder)
    made = store(folder, events, kind)
    before, start = time.process_time(), time.perf_counter()
    job = made.get_historical_features(
        entity_df=labels, features=[f"last:{name}" for name in FEATURES]
    )
    answer = job.to_df()
    answer[["row", *FEATURES]].to_parquet(folder / "feast.parquet")
    cpu, wall = time.process_time() - before, time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"cpu_seconds": round(cpu, 2), "wall_seconds": round(wall, 2), "peak_mb": round(peak)}
        )
    )


if __name__ == "__main__":
    main()
