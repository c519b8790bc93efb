"""A rehearsal in a process of its own, beside another one, where there are cores for both."""

from __future__ import annotations

from pathlib import Path

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution as named
from perdure.platform.automation.rehearsal import Line, rehearse
from perdure.platform.automation.workers import worker_pool
from perdure.platform.storage.project import Project


def rehearse_aside(root: Path, solution: str, seed: int, size: int) -> list[Line]:
    """Play the sample of a solution in a process of its own; what :func:`rehearse` tells."""
    with worker_pool(1) as pool:
        return pool.submit(_rehearsed, root, solution, seed, size).result()


def _rehearsed(root: Path, solution: str, seed: int, size: int) -> list[Line]:
    manifest = named(solution)
    world = manifest.code("sample")(seed, size)
    project = Project(root, FixedClock(world.horizon))
    return list(rehearse(project, manifest, world))
