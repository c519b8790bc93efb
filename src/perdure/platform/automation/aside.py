"""A rehearsal in a process of its own, beside another one, where there are cores for both."""

from __future__ import annotations

from pathlib import Path

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution as named
from perdure.platform.automation.rehearsal import Line, rehearse
from perdure.platform.storage.project import Project


def rehearse_aside(root: Path, solution: str, seed: int, size: int) -> list[Line]:
    """Play the sample of a solution; gives what :func:`rehearse` tells, at its end."""
    manifest = named(solution)
    world = manifest.code("sample")(seed, size)
    project = Project(root, FixedClock(world.horizon))
    return list(rehearse(project, manifest, world))
