"""Tables as files: Delta tables in one folder; readers see whole versions only.

Every write is one Delta commit and carries a key. The same key again changes nothing and gives
the version that the first write made, so a caller that was killed simply writes again.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote

import polars as pl
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.fs as pafs
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from perdure.kernel.errors import ContractError, IntegrityError, StoreError, did_you_mean
from perdure.kernel.names import checked_name
from perdure.platform.storage.filelock import FileLock
from perdure.platform.storage.ordering import in_order
from perdure.platform.storage.present import check_files
from perdure.platform.storage.watched import Watched

Data: TypeAlias = pa.Table | pa.RecordBatchReader
Mode = Literal["append", "overwrite"]

NOTE = "perdure"
ATTEMPTS = 20
LOCK_SECONDS = 3_600.0
# Old versions stay readable: a model names the versions it was trained on.
FOREVER = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}

# Signs that the table library cannot put into an address.
_IMPOSSIBLE = re.compile(r"[%\[\\\]^|\x00-\x1f]")
_PLAIN_PATH = re.compile(r"[\w./+~-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class TableVersion:
    """One version of a table: when, how, by which write (``key``), with what remarks."""

    version: int
    at: datetime
    operation: str
    key: str | None
    rows_added: int
    note: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lake:
    """The tables of a project, in one folder.

    >>> import tempfile
    >>> lake = Lake(Path(tempfile.mkdtemp()))
    >>> lake.append("visits", pa.table({"npi": ["1"]}), key="file-1")
    0
    >>> lake.append("visits", pa.table({"npi": ["1"]}), key="file-1")
    0
    >>> lake.rows("visits")
    1
    """

    root: Path

    def __post_init__(self) -> None:
        if found := _IMPOSSIBLE.search(str(self.root.absolute())):
            raise StoreError(
                f"tables cannot be kept below a folder with {found[0]!r} in its name",
                where=str(self.root),
                hint="rename or move the folder",
            )

    def tables(self) -> tuple[str, ...]:
        """The names of all tables, in alphabetical order."""
        # A first write that was killed leaves a folder without an entry: that is no table.
        return tuple(sorted({p.parents[1].name for p in self.root.glob("*/_delta_log/*.json")}))

    def exists(self, name: str) -> bool:
        """Whether there is a table of that name."""
        return DeltaTable.is_deltatable(str(self._path(name)))

    def version(self, name: str) -> int:
        """The newest version of the table."""
        return self._open(name).version()

    def append(
        self,
        name: str,
        data: Data,
        *,
        key: str,
        partition_by: tuple[str, ...] = (),
        note: Mapping[str, Any] | None = None,
    ) -> int:
        """Add rows; gives the version made. Columns that are new to the table are added to it.

        ``partition_by`` counts when the table is made. ``note`` (JSON) is kept with the version.
        """
        return self._write(name, data, key, "append", None, partition_by, note)

    def replace_partition(
        self,
        name: str,
        data: Data,
        *,
        partition: Mapping[str, str],
        key: str,
        note: Mapping[str, Any] | None = None,
    ) -> int:
        """Put ``data`` in the place of all rows of one partition; gives the version made.

        A table that is not there yet is made, partitioned by the columns of ``partition``.
        """
        condition = " AND ".join(f'"{c}" = {_literal(v)}' for c, v in sorted(partition.items()))
        return self._write(name, data, key, "overwrite", condition, tuple(partition), note)

    def replace(
        self,
        name: str,
        data: Data,
        *,
        key: str,
        partition_by: tuple[str, ...] = (),
        note: Mapping[str, Any] | None = None,
    ) -> int:
        """Put ``data`` in the place of all rows, and its columns in the place of the columns."""
        return self._write(name, data, key, "overwrite", None, partition_by, note)

    def dataset(self, name: str, version: int | None = None) -> pads.Dataset:
        """One whole version as a PyArrow dataset, e.g. for DuckDB."""
        return self._dataset(name, self._whole(name, version))

    def scan(self, name: str, version: int | None = None) -> pl.LazyFrame:
        """One whole version as a lazy Polars frame."""
        # Polars misreads folders whose names are escaped in an address (blanks, accents).
        if _PLAIN_PATH.fullmatch(str(self._path(name))):
            return pl.scan_delta(self._whole(name, version))
        return pl.scan_pyarrow_dataset(self.dataset(name, version))

    def read(
        self,
        name: str,
        version: int | None = None,
        columns: tuple[str, ...] | None = None,
        *,
        order: tuple[str, ...] = (),
    ) -> pa.Table:
        """One whole version in memory, columns in the order asked for (or of the table).

        Files keep rows in no order: batches are written side by side. Where it matters, ``order``
        names the columns that tell rows apart.
        """
        table = self._whole(name, version)
        wanted = list(columns) if columns else pa.schema(table.schema().to_arrow()).names
        return in_order(self._dataset(name, table).to_table(columns=wanted), order)

    def schema(self, name: str, version: int | None = None) -> pa.Schema:
        """The columns of one version."""
        return pa.schema(self._open(name, version).schema().to_arrow())

    def rows(self, name: str, version: int | None = None) -> int:
        """How many rows one version has; reads no data."""
        return int(self._open(name, version).count())

    def history(self, name: str) -> list[TableVersion]:
        """Every version, newest first."""
        return [_version(entry) for entry in self._open(name).history()]

    def version_of(self, name: str, key: str) -> int | None:
        """The version that the write with that key made; None when there was no such write."""
        return self._open(name).transaction_version(key) if self.exists(name) else None

    def note_of(self, name: str, version: int) -> Mapping[str, Any]:
        """The remarks that were kept with a version."""
        found = [v.note for v in self.history(name) if v.version == version]
        return found[0] if found else {}

    def sweep(self, name: str, *, older_than_hours: int = 24) -> int:
        """Remove files that no version needs (a killed writer leaves them); gives how many."""
        table = self._open(name)
        # The dry run only lists: the library's own removal would add versions.
        left = table.vacuum(
            retention_hours=older_than_hours,
            dry_run=True,
            enforce_retention_duration=False,
            full=True,
            keep_versions=list(range(table.version() + 1)),
        )
        for file in left:
            (self._path(name) / file).unlink(missing_ok=True)
        return len(left)

    def check(self, name: str) -> None:
        """Raise IntegrityError when files of the newest version are missing or cut off."""
        self._whole(name)

    def _path(self, name: str) -> Path:
        return self.root / checked_name(name, "table name")

    def _dataset(self, name: str, table: DeltaTable) -> pads.Dataset:
        # Arrow's own file system: the one that deltalake brings calls into Python from reading
        # threads, and a thread that is still at it when Python ends aborts the whole process.
        folder = pafs.SubTreeFileSystem(str(self._path(name)), pafs.LocalFileSystem())
        return table.to_pyarrow_dataset(filesystem=folder)

    def _whole(self, name: str, version: int | None = None) -> DeltaTable:
        table = self._open(name, version)
        check_files(self._path(name), table)
        return table

    def _open(self, name: str, version: int | None = None) -> DeltaTable:
        try:
            return DeltaTable(self._path(name), version=version)
        except TableNotFoundError as error:
            raise StoreError(f"no table named '{name}'", hint=self._next(name)) from error
        except DeltaError as error:
            raise self._unopened(name, version, error) from error

    def _next(self, name: str) -> str | None:
        """What to do about a table that is not there: most often nothing was imported yet."""
        if "." in name:  # made by perdure itself, such as features.NAME
            return did_you_mean(name, self.tables())
        known = [table for table in self.tables() if "." not in table]
        near = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean '{near[0]}'? else " if near else ""
        if any(self._path(name).rglob("*.parquet")):
            return (
                f"its folder has rows but no log: restore var/lake, or perdure data import {name}"
            )
        return f"{meant}perdure data import {name} FILE, or perdure data sample"

    def _unopened(self, name: str, version: int | None, error: Exception) -> StoreError:
        if version is not None and version != (newest := self._open(name).version()):
            return StoreError(f"table '{name}' has no version {version}", expected=f"0 to {newest}")
        return StoreError(f"the log of table '{name}' cannot be read: {_first_line(error)}")

    def _write(
        self,
        name: str,
        data: Data,
        key: str,
        mode: Mode,
        condition: str | None,
        partition_by: tuple[str, ...],
        note: Mapping[str, Any] | None,
    ) -> int:
        path = self._path(name)
        with self._turn(name):
            for attempt in range(ATTEMPTS):
                table = DeltaTable(path) if self.exists(name) else None
                done = table.transaction_version(key) if table else None
                if done is not None:
                    return done
                commit = _Commit(path, table, mode, condition, partition_by, key, note or {})
                if (made := commit.attempt(data)) is not None:
                    return made
                time.sleep(min(0.01 * 2**attempt, 1.0))
        raise StoreError(
            f"table '{name}' is written by another program all the time", hint="run it again"
        )

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        """One writer per table among the processes of this machine; others wait their turn."""
        folder = self.root / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / name)
        try:
            with lock.held(LOCK_SECONDS):
                yield
        finally:
            lock.close()


@dataclass(frozen=True)
class _Commit:
    """One attempt to add one version on top of the table as it was read."""

    path: Path
    table: DeltaTable | None
    mode: Mode
    condition: str | None
    partition_by: tuple[str, ...]
    key: str
    note: Mapping[str, Any]

    def attempt(self, data: Data) -> int | None:
        """The version made; None when another program was faster and ``data`` can be reread."""
        number = 0 if self.table is None else self.table.version() + 1
        source = Watched(data)
        write: Any = write_deltalake
        try:
            write(
                self.table or self.path,
                source.stream(),
                commit_properties=self._properties(number),
                **self._how(),
            )
        except Exception as error:  # noqa: BLE001 - the library also raises plain Exception
            self._judge(error, source)
            return None
        _to_disk(self.path, number)
        return number

    def _how(self) -> dict[str, Any]:
        if self.table is None:
            partitions = list(self.partition_by) or None
            return {"mode": "error", "partition_by": partitions, "configuration": FOREVER}
        if self.mode == "overwrite" and self.condition is None:
            partitions = list(self.partition_by)
            return {"mode": "overwrite", "schema_mode": "overwrite", "partition_by": partitions}
        return {"mode": self.mode, "predicate": self.condition, "schema_mode": "merge"}

    def _properties(self, number: int) -> CommitProperties:
        # No retry inside the library: the version number that the key stands for must be exact.
        return CommitProperties(
            custom_metadata={NOTE: {"key": self.key, "note": dict(self.note)}},
            max_commit_retries=0,
            app_transactions=[Transaction(self.key, number)],
        )

    def _judge(self, error: Exception, source: Watched) -> None:
        """Raise what the caller should see; return when another attempt may help."""
        if source.error:
            raise source.error
        exists = self.table is None and DeltaTable.is_deltatable(str(self.path))
        if not (isinstance(error, CommitFailedError) or exists):
            raise ContractError(
                f"the rows do not fit the table: {_first_line(error)}", where=self.path.name
            ) from error
        if not source.rereadable:
            raise StoreError(
                f"table '{self.path.name}' was changed by another program meanwhile",
                hint="run it again: nothing was written",
            ) from error


def _to_disk(path: Path, version: int) -> None:
    """Wait until the files of a version would survive a power cut (the library does not)."""
    log = path / "_delta_log" / f"{version:020d}.json"
    if not log.exists():
        raise IntegrityError(f"version {version} of '{path.name}' has no log entry", where=str(log))
    actions = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    added = [path / unquote(a["add"]["path"]) for a in actions if "add" in a]
    for file in (*added, log, *{f.parent for f in added}, log.parent):
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _version(entry: Mapping[str, Any]) -> TableVersion:
    ours = entry.get(NOTE) or {}
    return TableVersion(
        version=int(entry["version"]),
        at=datetime.fromtimestamp(entry["timestamp"] / 1000, UTC).replace(tzinfo=None),
        operation=str(entry.get("operation", "")),
        key=ours.get("key"),
        rows_added=int((entry.get("operationMetrics") or {}).get("num_added_rows", 0)),
        note=ours.get("note") or {},
    )


def _literal(text: str) -> str:
    """A text as an SQL literal of a partition predicate."""
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:400]
