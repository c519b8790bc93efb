"""Official text files as a stream of Polars frames whose columns carry our names, all text."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl

from perdure.kernel.errors import UnreadableFile

SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
_FIRST_LINE = 1 << 20
_BLOCK = 16 << 20


def is_text_table(path: Path) -> bool:
    """Whether the name says that the file is a table as text, packed or not."""
    return path.name.lower().endswith(SUFFIXES)


def header(path: Path) -> tuple[str, ...]:
    """The column names of the first line; at most a megabyte is read for it."""
    line = _first_line(path)
    return tuple(next(csv.reader([line], delimiter=delimiter(line)), []))


def header_or_none(path: Path) -> tuple[str, ...]:
    """As :func:`header`; nothing for a file that cannot be read as a table."""
    try:
        return header(path) if is_text_table(path) else ()
    except UnreadableFile:
        return ()


def delimiter(line: str) -> str:
    r"""What separates the columns of a header line: the most frequent candidate.

    >>> delimiter("npi\tdrug_name\tcost, total")
    '\t'
    """
    return max(",\t;|", key=line.count)


def batches(path: Path, wanted: Mapping[str, str], names: bool = True) -> Iterator[pl.DataFrame]:
    """The ``wanted`` columns (ours to theirs) of the file as text, a batch at a time.

    Blank cells are null. ``names`` False means that there is no header: theirs are then
    ``f0``, ``f1`` ... Raises UnreadableFile with the reader's own complaint.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    line = _first_line(path)
    with _opened(path) as stream:
        try:
            reader = arrow_csv.open_csv(
                stream,
                read_options=arrow_csv.ReadOptions(
                    block_size=_BLOCK,
                    use_threads=False,
                    encoding=_encoding(path),
                    autogenerate_column_names=not names,
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=delimiter(line)),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=list(dict.fromkeys(wanted.values())),
                    column_types=dict.fromkeys(wanted.values(), pa.string()),
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            )
            for batch in reader:
                frame = cast(pl.DataFrame, pl.from_arrow(batch))
                yield frame.select(
                    pl.col(theirs).str.strip_chars().replace("", None).alias(ours)
                    for ours, theirs in wanted.items()
                )
        except (pa.ArrowException, OSError, EOFError) as error:
            raise UnreadableFile(str(error).splitlines()[0][:300], where=path.name) from error


def _first_line(path: Path) -> str:
    try:
        with _opened(path) as stream:
            raw = stream.readline(_FIRST_LINE)
    except (OSError, EOFError) as error:
        raise UnreadableFile(f"cannot be read: {error}", where=path.name) from error
    if not raw.strip():
        raise UnreadableFile("the file is empty", where=path.name)
    if len(raw) >= _FIRST_LINE or b"\0" in raw:
        raise UnreadableFile("this is no table as text", where=path.name)
    return raw.decode("utf-8-sig", "replace").rstrip("\r\n")


def _opened(path: Path) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, gzip.open(path, "rb"))))
    return path.open("rb")


def _encoding(path: Path) -> str:
    """UTF-8, or Windows-1252 when the first megabytes are not UTF-8 (older official files)."""
    with _opened(path) as stream:
        start = stream.read(_BLOCK)
    try:
        start[: start.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
