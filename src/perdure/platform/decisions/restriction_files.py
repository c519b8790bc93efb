"""Restrictions from a file: read as text, so that no identifier loses its leading zeros."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from perdure.kernel.discovery import solutions
from perdure.kernel.errors import UnreadableFile, UsageError, did_you_mean
from perdure.platform.decisions.restrictions import restrict_table
from perdure.platform.storage.filebytes import first_bytes
from perdure.platform.storage.hints import Hints
from perdure.platform.storage.moments import moments
from perdure.platform.storage.project import Project
from perdure.platform.storage.sniffing import delimiter_of

_TIMES = ("starts", "ends")
_EXPECTED = "columns entity, kind, starts; dates as YYYY-MM-DD"


def restrict_file(project: Project, path: Path, *, source: str) -> int:
    """Record every row of a CSV or Parquet file; gives the number of rows.

    Raises UnreadableFile or UsageError, recording nothing, when any row cannot be read, or names
    a ``scope`` that is no solution: it would restrict nothing.
    """
    head = first_bytes(path, 1 << 16)
    try:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else _texts(path, head)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFile(
            str(error).splitlines()[0][:300], where=path.name, expected=_EXPECTED
        ) from error
    _refuse_unknown_scopes(frame, path)
    return restrict_table(project, frame, source=source)


def _texts(path: Path, head: bytes) -> pl.DataFrame:
    """The cells without blanks around them, the time columns as moments."""
    frame = pl.read_csv(path, infer_schema=False, separator=delimiter_of(head).decode())
    plain = frame.rename({name: name.strip().lower() for name in frame.columns})
    rows = plain.with_columns(pl.all().str.strip_chars().replace("", None))
    here = [_timed(rows[name], path) for name in _TIMES if name in rows.columns]
    return rows.with_columns(here)


def _timed(texts: pl.Series, path: Path) -> pl.Series:
    hints = Hints()
    read = moments(texts, hints, texts.name)
    hints.check(path.name)
    wrong = (texts.is_not_null() & read.is_null()).arg_true()
    if len(wrong):
        raise UnreadableFile(
            f"{texts[wrong[0]]!r} in column '{texts.name}' is no date",
            where=f"{path.name}, row {wrong[0] + 1}",
            expected=_EXPECTED,
        )
    return read.alias(texts.name)


def _refuse_unknown_scopes(frame: pl.DataFrame, path: Path) -> None:
    if "scope" not in frame.columns:
        return
    known = solutions()
    for number, scope in enumerate(frame["scope"].to_list(), 1):
        if scope and scope not in known:
            raise UsageError(
                f"{str(scope)[:64]!r} in column 'scope' is no solution",
                where=f"{path.name}, row {number}",
                expected="a solution's name, or nothing for all of them",
                hint=did_you_mean(str(scope), known),
            )
