"""The health word of a case: the worst of serving, freshness, drift and performance."""

from __future__ import annotations

from perdure.interfaces.views.scope import Scope
from perdure.interfaces.views.states import State, worst
from perdure.platform.storage.project import Project


def parts(project: Project, scope: Scope) -> tuple[tuple[str, State], ...]:
    """Each part of the health with its state."""
    return ()


def word(project: Project, scope: Scope) -> State:
    """The worst part."""
    return worst([state for _, state in parts(project, scope)])
