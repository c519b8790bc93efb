"""DuckDB as an engine of feature plans: in this process, bounded memory, no way out.

The connection reads the Arrow data it is handed and nothing else: no files, no network, no
extensions, and its settings cannot be changed afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.dataset as pads
from sqlglot import exp

from perdure.kernel.errors import FeatureError
from perdure.platform.features.plan import Plan, Step
from perdure.platform.features.sources import ArrowData
from perdure.platform.features.syntax import column, table

DIALECT = "duckdb"


@dataclass(frozen=True, slots=True)
class DuckSettings:
    """How much of the machine the engine may use.

    One thread is the default because it makes sums of doubles come out the same to the last bit
    in every run; more threads are faster on large tables and may differ in that last bit.
    """

    memory_limit: str = "2GB"
    threads: int = 1


class DuckEngine:
    """Runs feature plans in DuckDB."""

    def __init__(self, settings: DuckSettings | None = None) -> None:
        self._settings = settings or DuckSettings()
        self._spill = tempfile.TemporaryDirectory(prefix="perdure-", ignore_cleanup_errors=True)
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "threads": self._settings.threads,
                "memory_limit": self._settings.memory_limit,
                "temp_directory": self._spill.name,
                "python_enable_replacements": False,
            },
        )
        # The library draws a bar of its own wherever it takes the process for an interactive one.
        self._connection.execute("SET enable_progress_bar = false")
        # Plans put the small side of every join on the right; the optimizer knows no row counts
        # of Arrow data and would sometimes build a hash table of the largest table.
        self._connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        # Closed only now: a spill folder cannot be named once file access is off.
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def open(self, relations: Mapping[str, ArrowData]) -> None:
        """Make Arrow data readable under these names."""
        for name, data in relations.items():
            self._connection.register(name, lean(data))

    def repeats(self, relation: str, columns: Sequence[str]) -> bool:
        """Whether two rows agree in all columns (may say yes for no when 64-bit hashes collide)."""
        hashed = exp.func("hash", *(column(c) for c in columns))
        counted = exp.Count(this=exp.Distinct(expressions=[hashed]))
        query = exp.select(exp.GT(this=exp.Count(this=exp.Star()), expression=counted))
        sql = query.from_(table(relation)).sql(dialect=DIALECT)
        with _explained(f"table '{relation}'"):
            return bool(self._connection.execute(sql).fetchall()[0][0])

    def run(self, plan: Plan) -> pa.Table:
        """The answer of the plan; a failing step is an error that names what it makes."""
        for step, done in zip(plan.steps, plan.last_uses(), strict=False):
            with _explained(f"{plan.title}, {step.meaning}"):
                self._connection.execute(statement(step))
                for name in done:
                    self._connection.execute(f"DROP TABLE {table(name).sql(DIALECT)}")
        with _explained(plan.title):
            return self._connection.sql(plan.answer.sql(dialect=DIALECT)).to_arrow_table()

    def close(self) -> None:
        """Give memory and spill files back."""
        self._connection.close()
        self._spill.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def statement(step: Step, *, pretty: bool = False) -> str:
    """The SQL that makes a step's relation."""
    kind = "TABLE" if step.stored else "VIEW"
    made = exp.Create(
        this=table(step.name),
        kind=kind,
        expression=step.query,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )
    return made.sql(dialect=DIALECT, pretty=pretty)


def lean(data: ArrowData) -> ArrowData:
    """The same data, read from Parquet in small pieces instead of whole row groups ahead."""
    if not isinstance(data, pads.FileSystemDataset) or data.format.default_extname != "parquet":
        return data
    options = pads.ParquetFragmentScanOptions(
        pre_buffer=False, use_buffered_stream=True, buffer_size=1 << 20
    )
    style = pads.ParquetFileFormat(default_fragment_scan_options=options)
    fragments = [
        style.make_fragment(f.path, f.filesystem, f.partition_expression)
        for f in data.get_fragments()
    ]
    return pads.FileSystemDataset(fragments, data.schema, style, data.filesystem)


@contextmanager
def _explained(where: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise FeatureError(f"cannot be computed: {reason}", where=where) from error
