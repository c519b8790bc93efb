"""What the sweep needs to know about one piece of work, and the file of acknowledgements."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Protocol

from perdure.platform.storage.project import Project


class Acks:
    """What the work was told is done: one JSON line each, written after it was told.

    A line is one write to a file opened for appending, so a kill leaves whole lines; the page
    cache outlives the process.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC)

    def add(self, kind: str, value: object) -> None:
        """The work was told that ``value`` is stored."""
        os.write(self._descriptor, json.dumps([kind, value]).encode() + b"\n")

    @staticmethod
    def read(path: Path) -> dict[str, list[object]]:
        """Everything acknowledged so far, by kind."""
        found: dict[str, list[object]] = {}
        for line in path.read_text().splitlines() if path.exists() else []:
            kind, value = json.loads(line)
            found.setdefault(kind, []).append(value)
        return found


class Scenario(Protocol):
    """A piece of work that may be killed anywhere.

    ``weight`` says how many kills it gets beside the others.
    """

    name: str
    weight: int

    def prepare(self, project: Project) -> None:
        """Make the state from which the work begins."""
        ...

    def work(self, project: Project, acks: Acks) -> None:
        """Do all of it; called again after a kill, it goes on and ends in the same state."""
        ...

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """What is wrong at this moment, in sentences; called by a new process after a kill."""
        ...

    def state(self, project: Project) -> object:
        """The end state as a JSON value, without what may differ (moments, random names)."""
        ...
