"""Group commit: many small writes from many threads share one durable commit.

A commit waits for the disk, about a millisecond whether it holds one row or a thousand. So one
thread writes: it takes all that is waiting, commits once, then tells each caller. A caller is
told only after the commit, and a write that fails does not take its neighbours with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Executable

from perdure.kernel.errors import StoreError, UsageError
from perdure.platform.storage.batch_queue import BatchQueue
from perdure.platform.storage.failures import named_failures
from perdure.platform.storage.ops import Ops

LARGEST_BATCH = 1_000
WAITING_LIMIT = 10_000

Row = Mapping[str, Any]
Work = Callable[[Connection], Any]


@dataclass(slots=True, eq=False)
class _Write:
    """Rows for one statement, or a piece of work, and who waits for it."""

    group: object
    statement: Executable | None
    rows: Sequence[Row]
    work: Work | None
    future: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        """Let the caller know how it ended."""
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class GroupCommitWriter(BatchQueue[_Write]):
    """Writes to a store from any number of threads; close it, or use it as a context manager.

    ``largest_batch`` writes at most share a commit; with ``waiting_limit`` writes waiting, a
    caller waits for room, and gets a StoreError after the store's own wait.
    """

    def __init__(
        self, ops: Ops, *, largest_batch: int = LARGEST_BATCH, waiting_limit: int = WAITING_LIMIT
    ) -> None:
        self._ops, self._largest = ops, largest_batch
        super().__init__("group-commit", waiting_limit=waiting_limit)

    def submit(self, statement: Executable, rows: Sequence[Row]) -> Future[None]:
        """Write ``rows`` with ``statement``; the future is done when they are on disk.

        Keep the statement object and use it again: neighbours with the same one are sent as
        one. All rows must have the same keys. The future raises StoreError when the store is
        busy or full, or the error of the statement itself.
        """
        if not rows:
            raise UsageError("nothing to write: no rows")
        keys = frozenset(rows[0])
        if any(row.keys() != keys for row in rows):
            raise UsageError("the rows of one write must all have the same keys")
        return self._written(_Write((id(statement), keys), statement, rows, None))

    def call(self, work: Work) -> Future[Any]:
        """Do ``work(connection)`` inside a shared transaction; the future gives what it returned.

        For writes that must read first. The work must be short and repeatable: its effects are
        undone when it raises, and it is done again when a neighbour has failed.
        """
        return self._written(_Write(object(), None, (), work))

    def _written(self, write: _Write) -> Future[Any]:
        self._enqueue(write, patience=self._ops.wait_seconds)
        return write.future

    def _refusal(self, *, closed: bool) -> StoreError:
        if closed:
            return StoreError("the writer is closed", where=self._ops.where)
        return StoreError(
            f"the store is busy: {self._limit} writes are waiting already",
            where=self._ops.where,
            hint="try again later",
        )

    def _choose(self, waiting: deque[_Write]) -> list[_Write]:
        return [waiting.popleft() for _ in range(min(len(waiting), self._largest))]

    def _handle(self, batch: Sequence[_Write]) -> None:
        try:
            try:
                self._commit_together(batch)
            except _Rejected:
                self._commit_one_by_one(batch)
        except BaseException as error:  # noqa: BLE001 - a write's own error says more than this one
            for write in batch:
                write.error = write.error or error
        for write in batch:
            write.tell()

    def _commit_together(self, batch: Sequence[_Write]) -> None:
        with self._ops.begin() as connection:
            for _, group in groupby(batch, key=lambda write: write.group):
                try:
                    _apply(connection, list(group))
                except Exception as error:
                    raise _Rejected from error

    def _commit_one_by_one(self, batch: Sequence[_Write]) -> None:
        with self._ops.begin() as connection:
            for write in batch:
                try:
                    with named_failures(self._ops.where), connection.begin_nested():
                        _apply(connection, [write])
                except Exception as error:  # noqa: BLE001 - it belongs to this caller alone
                    write.error = error


class _Rejected(Exception):
    """A write of the batch failed; the transaction is undone and each is tried by itself."""


def _apply(connection: Connection, group: list[_Write]) -> None:
    """Do writes that share a statement in one call of the driver, or one piece of work."""
    if (work := group[0].work) is not None:
        group[0].result = work(connection)
    elif (statement := group[0].statement) is not None:
        connection.execute(statement, [row for write in group for row in write.rows])
