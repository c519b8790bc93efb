"""Training straight from tables: for solutions without feature views and without a label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from perdure.kernel.errors import LeakageError, NotEnoughData
from perdure.kernel.names import digest
from perdure.kernel.tables import SEQUENCE, TableContract

if TYPE_CHECKING:
    from perdure.platform.storage.lake import Lake


@dataclass(frozen=True, slots=True)
class TablesTraining:
    """The tables that a solution learns from, each at one version, as known at ``as_of``.

    The first table stands for all of them where a training table is named. The only index date
    is ``as_of``: what happened until then has been seen.
    """

    lake: Lake
    contracts: Mapping[str, TableContract]
    inputs: Mapping[str, int]
    as_of: datetime

    @property
    def table(self) -> str:
        """The first table."""
        return next(iter(self.inputs))

    @property
    def version(self) -> int:
        """The version of the first table."""
        return self.inputs[self.table]

    @property
    def feature_digest(self) -> str:
        """SHA-256 of the contracts of all tables: there is no other declaration."""
        return digest([self.contracts[name].digest() for name in self.inputs])

    @property
    def label_digest(self) -> str:
        """Empty: there is no label contract."""
        return ""

    @property
    def index_dates(self) -> Sequence[datetime]:
        """The moment as of which it learns."""
        return (self.as_of,)

    def frame(self) -> pa.Table:
        """The rows of the first table."""
        return self.read(self.table)

    def read(self, name: str) -> pa.Table:
        """The facts of a table that were known at ``as_of``, in order of arrival.

        The columns are those of the contract. Of a fact that was restated the last statement
        known then counts. Raises LeakageError for a table that the manifest does not name.
        """
        if name not in self.inputs:
            raise LeakageError(
                f"training would read the table '{name[:64]}'",
                expected=f"one of those that the manifest learns from: {', '.join(self.inputs)}",
            )
        contract = self.contracts[name]
        known = pl.col(contract.known_at) <= self.as_of
        rows = self.lake.scan(name, self.inputs[name]).filter(known)
        rows = rows.sort(contract.known_at, SEQUENCE, nulls_last=False, maintain_order=True)
        last = rows.unique(list(contract.keys), keep="last", maintain_order=True).sort(SEQUENCE)
        found = last.select(contract.names()).collect()
        schema = self.lake.schema(name, self.inputs[name])
        kinds = pa.schema([schema.field(column) for column in contract.names()])
        return found.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(kinds)


def open_tables(
    lake: Lake,
    contracts: Mapping[str, TableContract],
    versions: Mapping[str, int],
    as_of: datetime,
) -> TablesTraining:
    """The tables at these versions. Raises NotEnoughData when there is none."""
    if not versions:
        raise NotEnoughData(
            "there is no table to learn from",
            expected="a label, or tables that the manifest names in learns_from",
        )
    return TablesTraining(lake, contracts, versions, as_of)
