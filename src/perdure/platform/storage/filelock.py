"""A fair lock between processes and threads: waits at most so long, and dies with its holder.

SQLite lets writers race for its lock, and of four busy processes one may starve for seconds.
Here each writer first takes the *gate*, then the *lock*, then gives the gate back: whoever has
just let go must queue behind the one who waits at the gate. The kernel drops both when a process
dies, so nothing is left behind by a kill.
"""

from __future__ import annotations

import fcntl
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perdure.kernel.errors import StoreError

_GATE_PAUSE = 0.001
_LOCK_PAUSE = 0.0002


class FileLock:
    """An exclusive lock named by a path; ``held`` is not re-entrant.

    The lock protects nothing by itself: SQLite's own lock still does. It gives each waiting
    process its turn, so deleting the file while perdure runs costs fairness, not data.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread_lock = threading.Lock()
        self._descriptors: tuple[int, int] | None = None
        self._owner: int | None = None

    @contextmanager
    def held(self, wait_seconds: float) -> Iterator[float]:
        """Hold the lock for the block; gives the seconds left of the wait.

        Raises StoreError when the lock is not free within ``wait_seconds``.
        """
        if self._owner == threading.get_ident():
            raise RuntimeError("a write transaction is already open in this thread")
        deadline = time.monotonic() + wait_seconds
        if not self._thread_lock.acquire(timeout=max(0.0, wait_seconds)):
            raise self._busy(wait_seconds)
        self._owner = threading.get_ident()
        try:
            lock = self._take(deadline, wait_seconds)
            try:
                yield max(0.0, deadline - time.monotonic())
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)
        finally:
            self._owner = None
            self._thread_lock.release()

    def close(self) -> None:
        """Close the files of the lock; it opens them again when it is next held."""
        with self._thread_lock:
            for descriptor in self._descriptors or ():
                os.close(descriptor)
            self._descriptors = None

    def _take(self, deadline: float, wait_seconds: float) -> int:
        gate, lock = self._open()
        if not _poll(gate, deadline, _GATE_PAUSE):
            raise self._busy(wait_seconds)
        try:
            if not _poll(lock, deadline, _LOCK_PAUSE):
                raise self._busy(wait_seconds)
        finally:
            fcntl.flock(gate, fcntl.LOCK_UN)
        return lock

    def _open(self) -> tuple[int, int]:
        if self._descriptors is None:
            gate = self._path.with_name(self._path.name + "-gate")
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptors = (os.open(gate, flags, 0o600), os.open(self._path, flags, 0o600))
        return self._descriptors

    def _busy(self, waited: float) -> StoreError:
        return StoreError(
            f"the store is busy: another writer held it for {waited:g} s",
            where=str(self._path),
            hint="try again; if it stays so, look for a stopped process with `fuser` on that file",
        )


def _poll(descriptor: int, deadline: float, pause: float) -> bool:
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if (now := time.monotonic()) >= deadline:
                return False
            # Not in step with the others; and a long wait for a long writer costs little.
            patience = 1 if now - began < 1 else 20
            time.sleep(pause * patience * random.uniform(0.5, 1.5))  # noqa: S311
        else:
            return True
