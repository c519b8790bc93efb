"""The cases that a command is about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from perdure.kernel.progress import SILENT, Progress

if TYPE_CHECKING:
    from perdure.platform.automation.pipelines.work import Work


def works(
    folder: Path | None, solution: str, case: str | None, progress: Progress = SILENT
) -> Iterator[Work]:
    """The named case of the solution in the project, or every case one after the other."""
    from perdure.kernel.discovery import solution as named
    from perdure.platform.automation.pipelines.work import open_work
    from perdure.platform.storage.project import Project

    project = Project.find(folder)
    manifest = named(solution)
    chosen = [project.case(manifest, case)] if case else project.cases(manifest)
    for name in chosen:
        yield open_work(project, solution, name, progress)
