"""Many rows, scored as a stream: memory depends on the batch, not on how many rows there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from perdure.kernel.decisions import Reason
from perdure.platform.inference.reasons import Reasons, as_json, blank
from perdure.platform.training.context import Explained, Floats, Predictor, Weighing

# Measured on 60 columns: 65,536 rows and 1 MiB a column take 130 MB more and are no faster.
BATCH = 16_384
_BUFFER = 1 << 16
SCORES = pa.schema([("raw", pa.float64()), ("probability", pa.float64()), ("reasons", pa.string())])
"""What is added to the columns that are kept."""
VALUE = "value_"
"""Before the name of an action: the column of what it is worth."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """How a stream is scored.

    ``keep`` names the columns that pass through, ``constants`` text columns with one value.
    Reasons are made when ``reasons`` is given, for rows at or above ``explain_from``.
    """

    predictor: Predictor
    keep: Sequence[str]
    constants: Mapping[str, str] = field(default_factory=dict)
    reasons: Reasons | None = None
    explain_from: float = float("-inf")

    def columns(self) -> list[str]:
        """The columns that must be read, each once."""
        return list(dict.fromkeys([*self.keep, *self.predictor.inputs]))

    def schema(self, source: pa.Schema) -> pa.Schema:
        """The columns of the answer."""
        kept = [source.field(name) for name in self.keep]
        worth = [(name, pa.float64()) for name in self.weighed()]
        texts = [(name, pa.string()) for name in self.constants]
        return pa.schema([*kept, *SCORES, *worth, *texts])

    def weighed(self) -> list[str]:
        """The columns that hold what each action of a policy is worth; none of other models."""
        made = self.predictor
        return [VALUE + name for name in made.actions] if isinstance(made, Weighing) else []

    def score(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """One batch, scored. A row's answer does not depend on the batch it comes in."""
        table = pa.Table.from_batches([batch])
        raw, answer = raw_and_answer(self.predictor, table)
        rows = len(answer)
        columns = [batch.column(name) for name in self.keep]
        columns += [pa.array(raw), pa.array(answer), self._explained(table, answer)]
        if isinstance(self.predictor, Weighing):
            columns += [pa.array(worth) for worth in self.predictor.values(table).T]
        columns += [pa.array([value] * rows, pa.string()) for value in self.constants.values()]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema(batch.schema))

    def stream(self, batches: Iterable[pa.RecordBatch], source: pa.Schema) -> pa.RecordBatchReader:
        """The scored batches, made one at a time as they are read."""
        made = (self.score(batch) for batch in batches if batch.num_rows)
        return pa.RecordBatchReader.from_batches(self.schema(source), made)

    def _explained(self, table: pa.Table, answer: Floats) -> pa.Array:
        texts = blank(len(answer))
        chosen = (answer >= self.explain_from).nonzero()[0]
        if self.reasons and len(chosen):
            part = table.take(pa.array(chosen)) if len(chosen) < len(answer) else table
            texts[chosen] = [as_json(told) for told in why(self.predictor, part, self.reasons)]
        return pa.array(texts, pa.string())


def why(predictor: Predictor, table: pa.Table, reasons: Reasons) -> list[tuple[Reason, ...]]:
    """The reasons of each row: a policy's own, else those of the strongest effects, else none."""
    if isinstance(predictor, Weighing):
        return predictor.why(table)
    if isinstance(predictor, Explained):
        return reasons.of_rows(predictor, table)
    return [()] * table.num_rows


def raw_and_answer(predictor: Predictor, table: pa.Table) -> tuple[Floats, Floats]:
    """The raw score and the calibrated answer of each row; equal when there is no raw score."""
    if isinstance(predictor, Explained):
        raw = predictor.raw(table)
        return raw, predictor.calibrate(raw)
    answer = predictor.predict(table)
    return answer, answer


def parquet_batches(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file in batches.

    Without pre-buffering: the default reads whole row groups ahead and takes four times the
    memory.
    """
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER) as file:
        yield from file.iter_batches(
            BATCH, columns=None if columns is None else list(columns), use_threads=False
        )


def dataset_batches(
    dataset: pads.Dataset, columns: Sequence[str], rows: pads.Expression | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of a dataset (or those that an expression picks) in batches, none read ahead."""
    options = pads.ParquetFragmentScanOptions(
        pre_buffer=False, use_buffered_stream=True, buffer_size=_BUFFER
    )
    scanner = dataset.scanner(
        columns=list(columns),
        filter=rows,
        batch_size=BATCH,
        batch_readahead=0,
        fragment_readahead=0,
        use_threads=False,
        fragment_scan_options=options,
    )
    yield from scanner.to_batches()


def score_file(scoring: Scoring, source: Path, target: Path) -> int:
    """Score a Parquet file into another one; gives the number of rows."""
    rows = 0
    wanted = scoring.columns()
    schema = scoring.schema(pq.read_schema(source))
    with pq.ParquetWriter(target, schema, compression="zstd", compression_level=1) as writer:
        for batch in parquet_batches(source, wanted):
            writer.write_batch(scoring.score(batch))
            rows += batch.num_rows
    return rows
