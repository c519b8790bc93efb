"""One computation: its tables opened, looked at, and an engine at hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.dataset as pads

from perdure.platform.features.engines.duckdb import DuckEngine, DuckSettings
from perdure.platform.features.engines.protocol import Engine
from perdure.platform.features.moments import SPINE
from perdure.platform.features.plan import Facts, Known
from perdure.platform.features.sources import ArrowData, Contracts, Sources, opened

_MOST_LOOKS = 1_000
_looks: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
"""What a look at whole columns found, by the files of a lake version: they never change."""


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
        look = _Look(engine, data, kept=not isinstance(sources, Mapping))
        facts = {
            name: Facts(
                restated=_matters(name, search) and look.repeats(name, contracts[name].keys),
                unique_pairs=_unique(look, name, (edges or {}).get(name)),
            )
            for name in data
        }
        columns = {name: tuple(table.schema.names) for name, table in data.items()}
        yield engine, Known(columns, facts)


def dates_spine(moments: Sequence[datetime]) -> pa.Table:
    """A spine of index dates only, each once."""
    return pa.table({"at": pa.array(sorted(set(moments)), pa.timestamp("us"))})


def _matters(name: str, search: Collection[str] | None) -> bool:
    return search is None or name in search


@dataclass(frozen=True)
class _Look:
    """Looks at whole tables; once at each, where ``kept`` says that they come from a lake."""

    engine: Engine
    data: Mapping[str, ArrowData]
    kept: bool

    def repeats(self, name: str, columns: Sequence[str]) -> bool:
        """Whether two rows agree in all columns."""
        data = self.data[name]
        if not (self.kept and isinstance(data, pads.FileSystemDataset)):
            return self.engine.repeats(name, columns)
        key = (tuple(data.files), tuple(columns))
        if key not in _looks:
            if len(_looks) >= _MOST_LOOKS:
                _looks.clear()
            _looks[key] = self.engine.repeats(name, columns)
        return _looks[key]


def _unique(look: _Look, name: str, ends: tuple[str, str] | None) -> bool:
    """Whether an edge table is known to hold no pair twice."""
    if ends is None or not set(ends) <= set(look.data[name].schema.names):
        return False
    return not look.repeats(name, ends)
