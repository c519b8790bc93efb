"""Seed 000's table through the table contracts: what a lake makes of it.

Its identifiers are no NPIs, so every row is set aside with the rule it broke. The benchmark
protocol ``seed000`` measures the file; this reader shows why it cannot be joined to anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl

from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.refusals import Refusals, Screened
from perdure.solutions.conversion.importers import values
from perdure.solutions.conversion.seed000.table import read_flat
from perdure.solutions.conversion.settings import ConversionSettings
from perdure.solutions.conversion.tables import PHYSICIAN

SINCE = datetime(2023, 10, 1)
"""The table has no date; this is the month in which it was published."""


def read(
    path: Path,
    settings: ConversionSettings,  # noqa: ARG001 every reader has the same signature
    progress: Progress = SILENT,
) -> Iterator[tuple[str, Screened, str]]:
    """The table ``physician``: identifier, specialty, gender."""
    refusals = Refusals(path.name)
    table = read_flat(path, refusals)
    since = pl.lit(SINCE, pl.Datetime("us"))
    rows = table.frame.select(
        pl.col("npi_id").cast(pl.Int64, strict=False).cast(pl.String).alias("npi"),
        since.alias("event_time"),
        since.alias("known_at"),
        *(
            pl.col(theirs).alias(ours)
            for theirs, ours in (("specialty", "specialty"), ("sex", "gender"))
            if theirs in table.frame.columns
        ),
    )
    progress.step(f"{path.name}: physician", rows.height, rows.height)
    yield "physician", Screened(values.as_table(PHYSICIAN, rows), refusals), path.name
