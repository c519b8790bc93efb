"""A project as part of a key, so that what a page worked out is kept while nothing changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perdure.kernel.discovery import solution
from perdure.solutions.donor.pages.champion import NAME

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project


@dataclass(frozen=True)
class Held:
    """A project and what an answer depends on: two are the same in the same folder and state."""

    project: Project
    state: tuple[object, ...]

    def __hash__(self) -> int:
        return hash((self.project.root, self.state))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and (
            (self.project.root, self.state) == (other.project.root, other.state)
        )


def versions(project: Project, tables: Iterable[str]) -> tuple[object, ...]:
    """The day, the settings and the versions of these tables (-1: there is none)."""
    lake = project.lake
    found = tuple(lake.version(name) if lake.exists(name) else -1 for name in tables)
    settings = project.settings(solution(NAME)).model_dump_json()
    return (project.clock.now().date(), found, settings)
