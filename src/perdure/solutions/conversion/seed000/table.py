"""Seed 000's flat table, and any other of its form: columns by name, numbers as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from perdure.kernel.errors import ContractError, did_you_mean
from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.importers import files
from perdure.solutions.conversion.importers.fields import Field, canonical, present

FIELDS = (
    Field("npi", ("npi_id",), needed=True),
    Field("hcp", ("hcp_id",), needed=True),
    Field("target", ("target",), needed=True),
)


@dataclass(frozen=True)
class FlatTable:
    """The rows under canonical names: numbers where a column holds nothing else, else text."""

    frame: pl.DataFrame
    source: str
    names: dict[str, str]

    def column(self, name: str) -> str:
        """The canonical column that a configuration means; unknown is an error."""
        wanted = canonical(name)
        if wanted not in self.frame.columns:
            raise ContractError(
                f"no column '{name}'",
                where=self.source,
                hint=did_you_mean(wanted, self.frame.columns),
            )
        return wanted

    def columns(self, names: Sequence[str]) -> list[str]:
        """The canonical columns of several names."""
        return [self.column(name) for name in names]

    def numeric(self) -> list[str]:
        """The columns that hold numbers."""
        return [n for n, kind in self.frame.schema.items() if kind.is_numeric()]


def recognises(header: Sequence[str]) -> bool:
    """Whether the header is of seed 000's form: NPI ID, HCP ID, TARGET."""
    return present(header, FIELDS)


def read_flat(path: Path, refusals: Refusals | None = None) -> FlatTable:
    """The table; blanks around names and values and a BOM do not matter."""
    head = files.header(path)
    names = {canonical(name): name for name in head}
    if len(names) != len(head):
        raise ContractError("two columns have the same name", where=path.name)
    places = {own: i for i, own in enumerate(map(canonical, head))}
    rows = pl.concat(files.batches(path, places, refusals))
    frame = rows.select(list(places))
    numbers = [
        pl.col(name).cast(pl.Float64)
        for name in frame.columns
        if frame.select(
            (pl.col(name).cast(pl.Float64, strict=False).is_null() == pl.col(name).is_null()).all()
        ).item()
    ]
    return FlatTable(frame.with_columns(numbers), path.name, names)
