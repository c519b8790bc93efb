"""A queue that one thread empties: what waits is answered together, many at a time.

Callers put in what they ask and get a future; each is told by itself how its own request ended.
What is done with a batch, and which of those that wait belong to one, is the subclass's.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Generic, Protocol, TypeVar

from perdure.kernel.errors import StoreError
from perdure.platform.storage.closing import Closing


class Asked(Protocol):
    """Something that a caller waits for."""

    @property
    def future(self) -> Future[Any]:
        """Where the caller is told."""
        ...


A = TypeVar("A", bound=Asked)


class BatchQueue(Closing, Generic[A]):
    """Answers what is put in, on a thread of its own; close it, or use it as a context manager.

    With ``waiting_limit`` requests waiting there is no room for a further one.

    >>> class Doubled:
    ...     def __init__(self, number: int) -> None:
    ...         self.number, self.future = number, Future()
    >>> class Doubling(BatchQueue[Doubled]):
    ...     def _handle(self, batch):
    ...         for asked in batch:
    ...             asked.future.set_result(2 * asked.number)
    ...     def _refusal(self, *, closed):
    ...         return StoreError("closed" if closed else "full")
    >>> with Doubling("doubling", waiting_limit=10) as queue:
    ...     asked = Doubled(21)
    ...     queue._enqueue(asked)
    ...     asked.future.result()
    42
    """

    def __init__(self, name: str, *, waiting_limit: int) -> None:
        self._waiting: deque[A] = deque()
        self._limit, self._closed = waiting_limit, False
        lock = threading.Lock()
        self._filled, self._room = threading.Condition(lock), threading.Condition(lock)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer what waits, then stop; a second call does nothing more."""
        with self._filled:
            self._closed = True
            self._filled.notify()
            self._room.notify_all()
        self._thread.join()

    @abstractmethod
    def _handle(self, batch: Sequence[A]) -> None:
        """Tell every request of the batch its result; what this raises is told to the others."""

    @abstractmethod
    def _refusal(self, *, closed: bool) -> StoreError:
        """What a caller is told whose request is not taken in."""

    def _choose(self, waiting: deque[A]) -> list[A]:
        """Take the next batch out of those that wait, at least one; called under the lock."""
        taken = list(waiting)
        waiting.clear()
        return taken

    def _enqueue(self, asked: A, *, patience: float = 0.0) -> None:
        """Put a request in, after at most ``patience`` seconds of waiting for room."""
        with self._room:
            room = self._room.wait_for(self._has_room, patience)
            if self._closed or not room:
                raise self._refusal(closed=self._closed)
            self._waiting.append(asked)
            self._filled.notify()

    def _has_room(self) -> bool:
        return self._closed or len(self._waiting) < self._limit

    def _run(self) -> None:
        while taken := self._take():
            # A caller may have given up while its request waited.
            batch = [asked for asked in taken if asked.future.set_running_or_notify_cancel()]
            if batch:
                self._tell(batch)

    def _take(self) -> list[A]:
        """The next batch; empty when there will be no more."""
        with self._filled:
            self._filled.wait_for(lambda: self._waiting or self._closed)
            taken = self._choose(self._waiting) if self._waiting else []
            self._room.notify(len(taken))
            return taken

    def _tell(self, batch: Sequence[A]) -> None:
        try:
            self._handle(batch)
        except BaseException as error:  # noqa: BLE001 - the thread must live, the callers be told
            for asked in batch:
                if not asked.future.done():
                    asked.future.set_exception(error)
