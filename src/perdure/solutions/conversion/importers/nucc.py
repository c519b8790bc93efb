"""The NUCC provider taxonomy: what each code means (``Type`` is called ``Grouping`` later)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa

from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.refusals import Refusals
from perdure.solutions.conversion.importers import files, values
from perdure.solutions.conversion.importers.fields import Field, columns, present
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import TAXONOMY

FIELDS = (
    Field("code", ("code",), needed=True),
    Field("grouping", ("grouping", "type"), needed=True),
    Field("classification", ("classification",), needed=True),
    Field("specialization", ("specialization",), needed=True),
)
MAIN = "taxonomy"
SINCE = datetime(2000, 1, 1)
"""A code list says nothing about its time; its codes are taken as known since then."""


def recognises(header: Sequence[str]) -> bool:
    """Whether the file is a taxonomy."""
    return present(header, FIELDS)


def read(
    path: Path,
    settings: ConversionSettings,  # noqa: ARG001 every reader has the same signature
    progress: Progress = SILENT,
    refusals: Refusals | None = None,
) -> Iterator[tuple[str, pa.Table, str]]:
    """The table ``taxonomy``; a row without code is no entry of it and is set aside."""
    codes = names(path, refusals)
    since = pl.lit(SINCE, pl.Datetime("us"))
    rows = codes.with_columns(since.alias("event_time"), since.alias("known_at"))
    progress.step(f"{path.name}: taxonomy", rows.height, rows.height)
    yield "taxonomy", values.as_table(TAXONOMY, rows), path.name


def names(path: Path, refusals: Refusals | None = None) -> pl.DataFrame:
    """Code, grouping, classification and specialization of every code."""
    wanted = columns(files.header(path), FIELDS, path.name)
    rows = pl.concat(files.batches(path, wanted, refusals))
    coded = pl.col("code").is_not_null()
    if refusals:
        refusals.refuse(rows.filter(~coded), "no-code", "the row has no code", list(wanted))
    return rows.filter(coded)
