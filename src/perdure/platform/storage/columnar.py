"""Reads Parquet, Arrow files and tables in memory; the line of a row is its number, from 1."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from perdure.kernel.errors import UnreadableFile
from perdure.platform.storage.batches import BROKEN, Batch, as_json
from perdure.platform.storage.filebytes import file_digest
from perdure.platform.storage.watched import kept_schema

BATCH_ROWS = 131_072


@dataclass
class ColumnarReader:
    """A source of Arrow batches; see :class:`perdure.platform.storage.batches.Reader`."""

    name: str
    schema: pa.Schema
    source: Iterator[pa.RecordBatch]
    total: int | None = None
    path: Path | None = None
    known_digest: str | None = None
    handle: Any = None
    done: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def header(self) -> tuple[str, ...]:
        """The column names."""
        return tuple(self.schema.names)

    @property
    def units(self) -> Mapping[int, str]:
        """Units that the file's own metadata declare."""
        found = {}
        for place, column in enumerate(self.schema):
            unit = (column.metadata or {}).get(b"unit")
            if unit:
                found[place] = unit.decode("utf-8", "replace")
        return found

    def digest(self) -> str | None:
        """SHA-256 of the file, or of the table's content."""
        return file_digest(self.path) if self.path else self.known_digest

    def batches(self, positions: Mapping[str, int]) -> Iterator[Batch]:
        """The rows, batch by batch; a stream's digest is known when this has ended."""
        sha = hashlib.sha256(self.schema.serialize())
        with _named(self.path or self.name):
            for batch in self.source:
                if self.path is None and self.known_digest is None:
                    sha.update(batch.serialize())
                yield from self._cut(batch, positions)
        if self.path is None and self.known_digest is None:
            self.known_digest = sha.hexdigest()

    def close(self) -> None:
        """Let go of the file; no more rows can be read."""
        if self.handle is not None:
            self.handle.close()

    def _cut(self, batch: pa.RecordBatch, positions: Mapping[str, int]) -> Iterator[Batch]:
        for start in range(0, len(batch), BATCH_ROWS):
            rows = _Rows(batch.slice(start, BATCH_ROWS))
            frame = rows.frame(positions)
            lines = pl.int_range(self.done + 1, self.done + 1 + len(frame), eager=True)
            self.done += len(frame)
            yield Batch(frame, lines.alias("line"), pl.DataFrame(schema=BROKEN), rows)


@dataclass(frozen=True)
class _Rows:
    batch: pa.RecordBatch

    def frame(self, positions: Mapping[str, int]) -> pl.DataFrame:
        wanted = {name: self.batch.column(place) for name, place in positions.items()}
        made = pl.from_arrow(pa.table(wanted)) if wanted else pl.DataFrame()
        return made if isinstance(made, pl.DataFrame) else made.to_frame()

    def raw(self, places: Sequence[int]) -> pl.Series:
        chosen = self.batch.take(pa.array(places, pa.int64()))
        made = pl.from_arrow(pa.table(chosen.columns, names=chosen.schema.names))
        return as_json(made if isinstance(made, pl.DataFrame) else made.to_frame())


def open_parquet(path: Path) -> ColumnarReader:
    """The rows of a Parquet file; UnreadableFile when it is cut off or damaged."""
    with _named(path):
        # Without these two, reading ahead takes memory in proportion to the file.
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
        source = file.iter_batches(batch_size=BATCH_ROWS)
        rows = file.metadata.num_rows
        return ColumnarReader(path.name, file.schema_arrow, source, rows, path, handle=file)


def open_arrow(path: Path, *, stream: bool) -> ColumnarReader:
    """The rows of an Arrow IPC file or stream; UnreadableFile when it is damaged."""
    with _named(path):
        mapped = pa.memory_map(str(path))
        if stream:
            reader = pa.ipc.open_stream(mapped)
            source = iter(reader)
            return ColumnarReader(path.name, reader.schema, source, None, path, handle=mapped)
        file = pa.ipc.open_file(mapped)
        batches = (file.get_batch(i) for i in range(file.num_record_batches))
        return ColumnarReader(path.name, file.schema, batches, None, path, handle=mapped)


def open_table(data: pa.Table | pa.RecordBatchReader | pl.DataFrame, name: str) -> ColumnarReader:
    """The rows of a table in memory, or of a stream that can be read once."""
    if isinstance(data, pl.DataFrame):
        data = data.to_arrow()
    schema = _without_dictionaries(data.schema)
    if isinstance(data, pa.Table):
        # Whatever pieces the table came in: judging a batch costs more than its rows.
        batches = data.cast(schema).combine_chunks().to_batches(max_chunksize=BATCH_ROWS)
        known = _digest(schema, batches)
        return ColumnarReader(name, schema, iter(batches), len(data), None, known)
    source = (batch.cast(schema) for batch in data)
    return ColumnarReader(name, schema, source)


def _without_dictionaries(schema: pa.Schema) -> pa.Schema:
    """Dictionaries would stay outside of the digest, and differ between equal tables."""
    plain = kept_schema(schema)
    changed = [
        plain.field(i) if pa.types.is_dictionary(f.type) else f for i, f in enumerate(schema)
    ]
    return pa.schema([c.with_metadata(f.metadata) for c, f in zip(changed, schema, strict=True)])


def _digest(schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> str:
    sha = hashlib.sha256(schema.serialize())
    for batch in batches:
        sha.update(batch.serialize())
    return sha.hexdigest()


@contextmanager
def _named(place: Path | str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(
            f"the rows cannot be read: {str(error).splitlines()[0][:300]}",
            where=str(place),
            hint="is the file whole? copy or write it again",
        ) from error
