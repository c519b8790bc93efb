"""Restrictions from a file: read as text, so that no identifier loses its leading zeros."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from perdure.kernel.errors import UnreadableFile
from perdure.platform.decisions.restrictions import restrict_table
from perdure.platform.storage.project import Project

_TIMES = ("starts", "ends")


def restrict_file(project: Project, path: Path, *, source: str) -> int:
    """Record every row of a CSV or Parquet file; gives the number of rows.

    Raises UnreadableFile or UsageError, recording nothing, when any row cannot be read.
    """
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:
            frame = _timed(pl.read_csv(path, infer_schema=False))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFile(
            str(error).splitlines()[0][:300],
            where=path.name,
            expected="columns entity, kind, starts; dates as YYYY-MM-DD",
        ) from error
    return restrict_table(project, frame, source=source)


def _timed(frame: pl.DataFrame) -> pl.DataFrame:
    """The texts of the time columns as moments; one that is none stops the import."""
    plain = frame.rename({name: name.strip().lower() for name in frame.columns})
    here = [name for name in _TIMES if name in plain.columns]
    return plain.with_columns(
        pl.col(name).str.strip_chars().str.to_datetime(time_unit="us", strict=True) for name in here
    )
