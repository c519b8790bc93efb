"""Where features read from: tables by name, as Arrow data, at stated versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeAlias

import pyarrow as pa
import pyarrow.dataset as pads

from perdure.kernel.errors import FeatureError, UsageError, did_you_mean
from perdure.kernel.tables import TableContract
from perdure.platform.storage.contracts import arrow_schema

ArrowData: TypeAlias = pa.Table | pads.Dataset
Contracts: TypeAlias = Mapping[str, TableContract]


class Lake(Protocol):
    """The part of a lake that features read."""

    def version(self, name: str) -> int:
        """The newest version of the table."""
        ...

    def dataset(self, name: str, version: int | None = None) -> pads.Dataset:
        """One whole version as an Arrow dataset."""
        ...


class HasLake(Protocol):
    """Anything with a lake: a project."""

    @property
    def lake(self) -> Lake:
        """The tables."""
        ...


Sources: TypeAlias = HasLake | Mapping[str, ArrowData]
"""A project, or tables by name that are already at hand."""


def opened(
    sources: Sources,
    names: Iterable[str],
    contracts: Contracts,
    versions: Mapping[str, int] | None = None,
) -> dict[str, ArrowData]:
    """The Arrow data of each named table; a missing table or column is an error.

    A nullable column that the stored table does not have yet is there as NULL.

    ``versions`` pins tables of a project's lake; a table without one is read at its newest.
    """
    found: dict[str, ArrowData] = {}
    for name in dict.fromkeys(names):
        contract = contract_of(name, contracts)
        data = _data(sources, name, (versions or {}).get(name))
        found[name] = _completed(data, contract)
    return found


def versions_of(sources: HasLake, names: Iterable[str]) -> dict[str, int]:
    """The newest version of each table: what a run that starts now will read."""
    return {name: sources.lake.version(name) for name in dict.fromkeys(names)}


def contract_of(name: str, contracts: Contracts) -> TableContract:
    """The contract of a table; an unknown one is an error that names the nearest."""
    if name not in contracts:
        raise FeatureError(f"no table contract named '{name}'", hint=did_you_mean(name, contracts))
    return contracts[name]


def _data(sources: Sources, name: str, version: int | None) -> ArrowData:
    if not isinstance(sources, Mapping):
        return sources.lake.dataset(name, version)
    if name not in sources:
        raise UsageError(f"no table named '{name}'", hint=did_you_mean(name, sources))
    return sources[name]


def _completed(data: ArrowData, contract: TableContract) -> ArrowData:
    """The data with every column of the contract."""
    known = arrow_schema(contract)
    absent = [c for c in contract if c.name not in data.schema.names]
    for column in absent:
        if not column.nullable:
            raise FeatureError(
                f"table '{contract.name}' has no column '{column.name}'",
                hint=did_you_mean(column.name, data.schema.names),
            )
        if isinstance(data, pa.Table):
            nulls = pa.nulls(data.num_rows, known.field(column.name).type)
            data = data.append_column(column.name, nulls)
    if absent and not isinstance(data, pa.Table):
        data = data.replace_schema(
            pa.schema([*data.schema, *(known.field(c.name) for c in absent)])
        )
    return data
