"""One computation: its tables opened, looked at, and an engine at hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import pyarrow as pa

from perdure.platform.features.engines.duckdb import DuckEngine, DuckSettings
from perdure.platform.features.engines.protocol import Engine
from perdure.platform.features.moments import SPINE
from perdure.platform.features.plan import Facts, Known
from perdure.platform.features.sources import Contracts, Sources, opened


@contextmanager
def session(
    sources: Sources,
    names: Sequence[str],
    contracts: Contracts,
    spine: pa.Table,
    *,
    edges: Mapping[str, tuple[str, str]] | None = None,
    search: Collection[str] | None = None,
    versions: Mapping[str, int] | None = None,
    settings: DuckSettings | None = None,
) -> Iterator[tuple[Engine, Known]]:
    """An engine that can read the named tables and the spine, and what is known of the tables.

    ``edges`` names the columns of both ends of edge tables. ``search`` names the tables in which
    restated facts matter (None: all of them).
    """
    data = opened(sources, names, contracts, versions)
    with DuckEngine(settings) as engine:
        engine.open({**data, SPINE: spine})
        columns = {name: tuple(table.schema.names) for name, table in data.items()}
        facts = {
            name: Facts(
                restated=_matters(name, search) and engine.repeats(name, contracts[name].keys),
                unique_pairs=_unique(engine, name, columns[name], (edges or {}).get(name)),
            )
            for name in data
        }
        yield engine, Known(columns, facts)


def dates_spine(moments: Sequence[datetime]) -> pa.Table:
    """A spine of index dates only, each once."""
    return pa.table({"at": pa.array(sorted(set(moments)), pa.timestamp("us"))})


def _matters(name: str, search: Collection[str] | None) -> bool:
    return search is None or name in search


def _unique(
    engine: Engine, name: str, columns: Collection[str], ends: tuple[str, str] | None
) -> bool:
    """Whether an edge table is known to hold no pair twice."""
    return ends is not None and set(ends) <= set(columns) and not engine.repeats(name, ends)
