"""Official text files as a stream of Polars frames whose columns carry our names, all text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from perdure.kernel.errors import UnreadableFile
from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.delimited import DelimitedReader

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
    progress: Progress = SILENT,
    *,
    headless: bool = False,
) -> Iterator[pl.DataFrame]:
    """The ``wanted`` columns (ours to their name or place) of the file as text, block by block.

    Blanks around values are gone, blank cells are null. Lines that cannot be rows are left out
    and counted in the progress. ``headless``: the first line is a row like all others.
    """
    reader = DelimitedReader(path)
    places = {
        ours: theirs if isinstance(theirs, int) else reader.header.index(theirs)
        for ours, theirs in wanted.items()
    }
    if headless:
        first = {ours: [reader.header[place]] for ours, place in places.items()}
        yield pl.DataFrame(first, schema=dict.fromkeys(first, pl.String()))
    broken = 0
    for batch in reader.batches(places):
        broken += batch.broken.height
        if batch.frame.height:
            yield batch.frame.with_columns(pl.all().str.strip_chars().replace("", None))
    if broken:
        progress.step(f"{path.name}: {broken:,} lines that cannot be read, left out")
