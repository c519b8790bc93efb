"""Many threads write events through the group-commit writer."""

from __future__ import annotations

import threading
from datetime import datetime

from sqlalchemy import select

from perdure.platform.automation.records import LEASES
from perdure.platform.storage.project import Project
from perdure.platform.storage.writer import GroupCommitWriter
from tools.kill_sweep.scenario import Acks

THREADS, EVENTS = 8, 60


def event(thread: int, number: int) -> dict[str, object]:
    """One event; any table with a key will do."""
    return {
        "name": f"{thread}-{number}",
        "fence": number,
        "machine": "x" * 200,
        "process": str(thread),
        "expires_at": datetime(2026, 1, 31),
    }


class Events:
    """Each thread waits for its event to be durable before it sends the next."""

    name, weight = "events", 4

    def prepare(self, project: Project) -> None:
        """An empty store."""
        project.ops.migrate()

    def work(self, project: Project, acks: Acks) -> None:
        """Send what is not there yet."""
        insert = project.ops.insert_new(LEASES, "name")
        with GroupCommitWriter(project.ops) as writer:

            def send(thread: int) -> None:
                for number in range(EVENTS):
                    writer.submit(insert, [event(thread, number)]).result()
                    acks.add("event", f"{thread}-{number}")

            threads = [threading.Thread(target=send, args=(n,)) for n in range(THREADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """Everything acknowledged is stored."""
        lost = sorted(set(map(str, acked.get("event", []))) - stored(project))
        return [f"{len(lost)} acknowledged events are lost, e.g. {lost[0]}"] if lost else []

    def state(self, project: Project) -> object:
        """All events."""
        return sorted(stored(project))


class Pairs:
    """Each transaction writes two rows that belong together."""

    name, weight = "transactions", 3
    _count = 150

    def prepare(self, project: Project) -> None:
        """An empty store."""
        project.ops.migrate()

    def work(self, project: Project, acks: Acks) -> None:
        """Write the pairs that are not there yet."""
        insert = project.ops.insert_new(LEASES, "name")
        for number in range(self._count):
            with project.ops.begin() as connection:
                for half in range(2):
                    connection.execute(insert, event(number, half))
            acks.add("pair", number)

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """No half pair, and no acknowledged pair missing."""
        found = stored(project)
        halves = [n for n in range(self._count) if (f"{n}-0" in found) != (f"{n}-1" in found)]
        lost = [number for number in acked.get("pair", []) if f"{number}-0" not in found]
        return [f"half a transaction is visible: {n}" for n in halves] + [
            f"an acknowledged transaction is lost: {n}" for n in lost
        ]

    def state(self, project: Project) -> object:
        """All rows."""
        return sorted(stored(project))


class UnsafeEvents(Events):
    """Acknowledges as soon as an event is handed over: the sweep must see this."""

    name = "unsafe-events"

    def work(self, project: Project, acks: Acks) -> None:
        """Send without waiting."""
        insert = project.ops.insert_new(LEASES, "name")
        with GroupCommitWriter(project.ops) as writer:
            for thread in range(THREADS):
                for number in range(EVENTS):
                    writer.submit(insert, [event(thread, number)])
                    acks.add("event", f"{thread}-{number}")


def stored(project: Project) -> set[str]:
    """The names of all stored events."""
    with project.ops.connect() as connection:
        return set(connection.scalars(select(LEASES.c.name)))
