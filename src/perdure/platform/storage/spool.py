"""Rows set aside on disk between reading and writing, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa


class Spool:
    """A file of Arrow batches: first written to its end, then read from its start."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema, self.rows = schema, 0
        self._path = path
        self._file = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_stream(self._file, schema)

    def add(self, frame: pl.DataFrame) -> None:
        """Set rows aside; the columns are taken by name."""
        if frame.is_empty():
            return
        table = frame.select(self.schema.names).to_arrow(compat_level=pl.CompatLevel.oldest())
        for batch in table.cast(self.schema).to_batches():
            self._writer.write_batch(batch)
        self.rows += len(frame)

    def finish(self) -> None:
        """No more rows will come."""
        self._writer.close()
        self._file.close()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in the order in which they came."""
        with pa.OSFile(str(self._path), "rb") as file, pa.ipc.open_stream(file) as reader:
            yield from reader
