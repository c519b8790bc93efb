"""Leases: who may do a named piece of work, until when, and whether the holder still lives.

A lease is a row. Its holder renews it while it works; another may take it over once it has run
out, or at once when the holder was a process of this machine that is gone. ``fence`` grows with
each change of hands, and whoever writes the result checks it in the same transaction.
"""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Row, select, update

from perdure.kernel.clock import Clock, SystemClock
from perdure.kernel.errors import LeaseLost, StoreError
from perdure.platform.automation.process import machine, process, process_is_gone
from perdure.platform.automation.records import LEASES
from perdure.platform.storage.ops import Ops

LEASE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Grant:
    """The proof of a lease: its name, who holds it, and the fence it was given."""

    name: str
    holder: str
    fence: int

    def check(self, connection: Connection) -> None:
        """Raise LeaseLost, inside a write transaction, unless this grant still holds."""
        statement = select(LEASES.c.holder, LEASES.c.fence).where(LEASES.c.name == self.name)
        row = connection.execute(statement).one_or_none()
        if row is None or (row.holder, row.fence) != (self.holder, self.fence):
            raise LeaseLost(f"another process took over '{self.name}'", hint="look at its run")


class Lease:
    """Holds a named piece of work for the block, renewing it from a thread of its own.

    ``clock`` must be the machine's own even where the project replays another time: a lease
    is about processes, not about data. Raises LeaseLost when a living process holds it.
    """

    def __init__(
        self, ops: Ops, name: str, *, seconds: float = LEASE_SECONDS, clock: Clock | None = None
    ) -> None:
        self._ops, self.name, self._seconds = ops, name, seconds
        self._clock = clock or SystemClock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.grant: Grant | None = None

    def __enter__(self) -> Self:
        self.acquire()
        self._thread = threading.Thread(target=self._renewing, name="lease", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        # A lease that cannot be given back now runs out by itself; it must not hide an error.
        with suppress(StoreError):
            self.release()

    def acquire(self) -> Grant:
        """Take the lease, over from a holder that ran out or is gone if need be."""
        with self._ops.begin() as connection:
            row = connection.execute(select(LEASES).where(LEASES.c.name == self.name)).one_or_none()
            if row is not None and self._is_held(row):
                raise LeaseLost(
                    f"another process is doing '{self.name}' (process {row.process.split('.')[0]})",
                    hint="wait for it, or look at its run",
                )
            grant = Grant(self.name, secrets.token_hex(16), row.fence + 1 if row else 1)
            self._write(connection, grant)
        self.grant = grant
        return grant

    def renew(self) -> None:
        """Push the end of the lease away; LeaseLost when another has it."""
        grant = self.held()
        with self._ops.begin() as connection:
            grant.check(connection)
            connection.execute(
                update(LEASES).where(LEASES.c.name == self.name).values(expires_at=self._end())
            )

    def release(self) -> None:
        """Give the lease back, if it is still ours."""
        if self.grant is None:
            return
        mine = (LEASES.c.name == self.name) & (LEASES.c.holder == self.grant.holder)
        with self._ops.begin() as connection:
            connection.execute(update(LEASES).where(mine).values(holder=None))
        self.grant = None

    def held(self) -> Grant:
        """The grant; LeaseLost when there is none."""
        if self.grant is None:
            raise LeaseLost(f"'{self.name}' is not held by this process")
        return self.grant

    def _write(self, connection: Connection, grant: Grant) -> None:
        row = {
            "name": self.name,
            "holder": grant.holder,
            "fence": grant.fence,
            "machine": machine(),
            "process": process(),
            "expires_at": self._end(),
        }
        columns = tuple(name for name in row if name != "name")
        connection.execute(self._ops.upsert(LEASES, ("name",), columns), row)

    def _is_held(self, row: Row[tuple[object, ...]]) -> bool:
        if row.holder is None or row.expires_at <= self._clock.now():
            return False
        return not (row.machine == machine() and process_is_gone(row.process))

    def _end(self) -> object:
        return self._clock.now() + timedelta(seconds=self._seconds)

    def _renewing(self) -> None:
        while not self._stop.wait(self._seconds / 3):
            try:
                self.renew()
            except LeaseLost:
                return
            except StoreError:
                # A busy store is no reason to give up: two more tries fit into the lease, and
                # the check at the next write tells when it did run out.
                continue
