"""Opens whatever holds rows: CSV, TSV, gzip, Parquet, Arrow, or a table in memory.

The kind is told by the content, not by the name.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import polars as pl
import pyarrow as pa

from perdure.platform.storage.batches import Reader
from perdure.platform.storage.columnar import open_arrow, open_parquet, open_table
from perdure.platform.storage.delimited import DelimitedReader
from perdure.platform.storage.filebytes import first_bytes

Source: TypeAlias = Path | str | pa.Table | pa.RecordBatchReader | pl.DataFrame

_ARROW_STREAM = b"\xff\xff\xff\xff"


def open_rows(source: Source, name: str | None = None) -> Reader:
    """A reader of the source's rows; ``name`` is what it is called in reports.

    Raises UnreadableFile when there are none or the content is of no known kind.

    >>> open_rows(pa.table({"npi": ["1"]}), "sample").header
    ('npi',)
    """
    if not isinstance(source, (Path, str)):
        return open_table(source, name or "table")
    path = Path(source)
    reader = _open_file(path, first_bytes(path))
    reader.name = name or path.name
    return reader


def _open_file(path: Path, head: bytes) -> Reader:
    if head.startswith(b"PAR1"):
        return open_parquet(path)
    if head.startswith(b"ARROW1"):
        return open_arrow(path, stream=False)
    if head.startswith(_ARROW_STREAM):
        return open_arrow(path, stream=True)
    return DelimitedReader(path)
