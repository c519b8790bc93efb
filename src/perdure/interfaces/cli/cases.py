"""The cases that a command is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perdure.interfaces.cli.bars import Bar
from perdure.interfaces.cli.options import moment
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


def step_or_skip(
    work: Work, step: str, at: datetime, *, named: bool, **options: Any
) -> dict[str, Any]:
    """One step of one case; among several cases, one that cannot be answered is skipped in words.

    A brand with too few outcomes for a model must not stop the brands that have one. A case that
    was ``named``, or is the solution's only one, stops nobody: its error is raised.
    """
    from perdure.kernel.errors import NotEnoughData
    from perdure.platform.automation.pipelines.steps import run_step

    told = {"case": work.case, "step": step, "as_of": at}
    try:
        return {**told, **run_step(work, step, at, **options)}
    except NotEnoughData as error:
        if named or len(work.project.cases(work.solution)) == 1:
            raise
        return {**told, "skipped": True, "results": [], "summary": f"skipped: {error}"}


def all_skipped(results: list[dict[str, Any]]) -> bool:
    """Whether no case got through the last step: then a schedule must not go on from there."""
    last = [result for result in results if result["step"] == results[-1]["step"]]
    return bool(last) and all(result.get("skipped") for result in last)


def step_of_each(
    folder: Path | None, solution: str, case: str | None, as_of: str | None, step: str, bar: Bar
) -> list[dict[str, Any]]:
    """One step of the named case, or of every case, with the progress drawn meanwhile."""
    results = []
    for work in works(folder, solution, case, bar):
        until = work.watched_until if step == "monitor" else work.as_of
        at = until(moment(as_of))
        results.append(step_or_skip(work, step, at, named=case is not None))
        bar.clear()
    return results
