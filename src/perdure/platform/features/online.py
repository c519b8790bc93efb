"""The online store: the newest features of one entity, within microseconds.

One SQLite file in WAL mode, one table per feature view, one row per entity. A view is replaced
as a whole in one transaction: a reader sees all of the old version or all of the new one.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from perdure.kernel.errors import FeatureError, StoreError, did_you_mean
from perdure.kernel.names import checked_name
from perdure.platform.storage.closing import Closing

Row = dict[str, float | str | datetime | None]
_EPOCH = datetime(1970, 1, 1)
_BATCH = 10_000


class OnlineStore(Closing):
    """Features by entity, at hand for answers of one row.

    >>> import tempfile
    >>> with OnlineStore(Path(tempfile.mkdtemp()) / "online.sqlite") as store:
    ...     at = pa.array([datetime(2024, 1, 1)], pa.timestamp("us"))
    ...     store.fill("demo", pa.table({"entity": ["7"], "at": at, "claims": [3.5]}), version=1)
    ...     store.get("demo", "7")["claims"], store.get("demo", "8"), store.version("demo")
    (3.5, None, 1)
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._write() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS views"
                " (view TEXT PRIMARY KEY, version INTEGER NOT NULL, rows INTEGER NOT NULL)"
            )

    def fill(self, view: str, table: pa.Table, version: int) -> None:
        """Replace a view by the rows of a table (entity, at, features), all at once."""
        name, fresh = _table(view), _table(view + ".new")
        columns = _columns(table)
        declared = ", ".join(f"{_quoted(c)} {t}" for c, t in columns.items())
        with self._write() as connection:
            connection.execute(f"DROP TABLE IF EXISTS {fresh}")
            connection.execute(
                f"CREATE TABLE {fresh} ({declared}, PRIMARY KEY (entity)) WITHOUT ROWID"
            )
            marks = ", ".join("?" * len(columns))
            try:
                for batch in table.select(list(columns)).to_batches(max_chunksize=_BATCH):
                    connection.executemany(f"INSERT INTO {fresh} VALUES ({marks})", _rows(batch))
            except sqlite3.IntegrityError as error:
                raise FeatureError(f"an entity comes twice: {error}", where=view) from error
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(f"ALTER TABLE {fresh} RENAME TO {name}")
            connection.execute(
                "INSERT INTO views VALUES (?, ?, ?) ON CONFLICT (view)"
                " DO UPDATE SET version = excluded.version, rows = excluded.rows",
                (view, version, table.num_rows),
            )

    def get(self, view: str, entity: str) -> Row | None:
        """``at`` and the features of one entity; None when the view does not hold it."""
        found = self._select(view, "entity = ?", (entity,))
        return found[0][1] if found else None

    def get_many(self, view: str, entities: Sequence[str]) -> dict[str, Row]:
        """``at`` and features of every entity that the view holds."""
        asked = json.dumps(list(entities))
        return dict(self._select(view, "entity IN (SELECT value FROM json_each(?))", (asked,)))

    def version(self, view: str) -> int | None:
        """The version of the features table that fills the view; None when nothing does."""
        row = self._reader().execute("SELECT version FROM views WHERE view = ?", (view,)).fetchone()
        return int(row[0]) if row else None

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._open:
            self._open.pop().close()
        self._local = threading.local()

    def _select(self, view: str, condition: str, values: tuple[str, ...]) -> list[tuple[str, Row]]:
        try:
            cursor = self._reader().execute(
                f"SELECT * FROM {_table(view)} WHERE {condition}", values
            )
            rows = cursor.fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise StoreError(f"online store cannot be read: {error}") from error
            views = [r[0] for r in self._reader().execute("SELECT view FROM views")]
            raise StoreError(f"no online view '{view}'", hint=did_you_mean(view, views)) from error
        names = [d[0] for d in cursor.description][2:]
        return [
            (
                entity,
                {"at": _EPOCH + timedelta(microseconds=at), **dict(zip(names, rest, strict=True))},
            )
            for entity, at, *rest in rows
        ]

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=30, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        self._open.append(connection)
        return connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """One transaction on a connection of its own: all of it or nothing."""
        connection = self._connect()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            self._open.remove(connection)
            connection.close()


def _columns(table: pa.Table) -> dict[str, str]:
    """The columns to keep with their SQLite types; entity and moment first."""
    if table.column_names[:2] != ["entity", "at"]:
        raise FeatureError("a view is filled from entity, at and features")
    kinds = {"entity": "TEXT NOT NULL", "at": "INTEGER NOT NULL"}
    for field in list(table.schema)[2:]:
        kinds[field.name] = "TEXT" if pa.types.is_string(field.type) else "REAL"
    return kinds


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[object, ...]]:
    columns = [batch.column(0), batch.column(1).cast(pa.timestamp("us")).cast(pa.int64())]
    columns += batch.columns[2:]
    return zip(*(column.to_pylist() for column in columns), strict=True)


def _table(view: str) -> str:
    return _quoted(f"view {checked_name(view, 'view name')}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
