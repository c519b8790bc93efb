"""One computation: its tables opened, looked at, and an engine at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import pyarrow as pa

from perdure.platform.features.engines.duckdb import DuckEngine, DuckSettings
from perdure.platform.features.engines.protocol import Engine
from perdure.platform.features.moments import SPINE
from perdure.platform.features.plan import Facts, Known
from perdure.platform.features.sources import ArrowData, Contracts, Sources, opened


@contextmanager
def session(
    sources: Sources,
    names: Sequence[str],
    contracts: Contracts,
    spine: pa.Table,
    *,
    edges: Mapping[str, tuple[str, str]] | None = None,
    versions: Mapping[str, int] | None = None,
    settings: DuckSettings | None = None,
) -> Iterator[tuple[Engine, Known]]:
    """An engine that can read the named tables and the spine, and what is known of the tables.

    ``edges`` names the columns of both ends of edge tables.
    """
    data = opened(sources, names, contracts, versions)
    with DuckEngine(settings) as engine:
        engine.open({**data, SPINE: spine})
        columns = {name: tuple(table.schema.names) for name, table in data.items()}
        facts = {name: _facts(engine, name, contracts, data, edges or {}) for name in data}
        yield engine, Known(columns, facts)


def dates_spine(moments: Sequence[datetime]) -> pa.Table:
    """A spine of index dates only, each once."""
    return pa.table({"at": pa.array(sorted(set(moments)), pa.timestamp("us"))})


def _facts(
    engine: Engine,
    name: str,
    contracts: Contracts,
    data: Mapping[str, ArrowData],
    edges: Mapping[str, tuple[str, str]],
) -> Facts:
    ends = edges.get(name, ())
    present = bool(ends) and set(ends) <= set(data[name].schema.names)
    return Facts(
        restated=engine.repeats(name, contracts[name].keys),
        unique_pairs=present and not engine.repeats(name, ends),
    )
