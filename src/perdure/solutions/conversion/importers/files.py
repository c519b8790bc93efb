"""Official text files as a stream of Polars frames whose columns carry our names, all text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from perdure.kernel.errors import UnreadableFile
from perdure.kernel.tables import LINE
from perdure.platform.storage.delimited import DelimitedReader
from perdure.platform.storage.refusals import Refusals

SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")


def is_text_table(path: Path) -> bool:
    """Whether the name says that the file is a table as text, packed or not.

    >>> is_text_table(Path("MUP_DPR_DY23_NPI.csv")), is_text_table(Path("readme.md"))
    (True, False)
    """
    return path.name.lower().endswith(SUFFIXES)


def header(path: Path) -> tuple[str, ...]:
    """The column names; raises UnreadableFile for a file that is no table as text."""
    return DelimitedReader(path).header


def header_or_none(path: Path) -> tuple[str, ...]:
    """As :func:`header`; nothing for a file that cannot be read as a table."""
    try:
        return header(path) if is_text_table(path) else ()
    except UnreadableFile:
        return ()


def batches(
    path: Path,
    wanted: Mapping[str, str | int],
    refusals: Refusals | None = None,
    *,
    headless: bool = False,
) -> Iterator[pl.DataFrame]:
    """The ``wanted`` columns (ours to their name or place) of the file as text, block by block.

    Blanks around values are gone, blank cells are null. With ``refusals`` every row is counted,
    lines that cannot be rows are set aside there, and frames have ``_line`` for rows that will
    be. ``headless``: the first line is a row like all others.
    """
    reader = DelimitedReader(path)
    places = {
        ours: theirs if isinstance(theirs, int) else reader.header.index(theirs)
        for ours, theirs in wanted.items()
    }
    told = refusals or Refusals(path.name)
    if headless:
        yield from _numbered(_first_row(reader.header, places), pl.Series([1]), refusals)
    for batch in reader.batches(places):
        told.unreadable(batch.broken)
        if batch.frame.height:
            frame = batch.frame.with_columns(pl.all().str.strip_chars().replace("", None))
            yield from _numbered(frame, batch.lines, refusals)


def _first_row(header: Sequence[str], places: Mapping[str, int]) -> pl.DataFrame:
    first = {ours: [header[place]] for ours, place in places.items()}
    return pl.DataFrame(first, schema=dict.fromkeys(first, pl.String()))


def _numbered(
    frame: pl.DataFrame, lines: pl.Series, refusals: Refusals | None
) -> Iterator[pl.DataFrame]:
    if refusals is None:
        yield frame
        return
    refusals.read(frame.height)
    yield frame.with_columns(lines.cast(pl.Int64).alias(LINE))
