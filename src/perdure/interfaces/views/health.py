"""The health word of a case: the worst of serving, freshness, drift and performance."""

from __future__ import annotations

from collections.abc import Mapping

from perdure.interfaces.views.scope import Scope
from perdure.interfaces.views.states import State, worst
from perdure.platform.monitoring.health import Health, Part, health
from perdure.platform.storage.project import Project

WORDS: Mapping[str, Mapping[str, str]] = {
    "serving": {"ok": "serving", "none": "no champion"},
    "freshness": {"ok": "fresh", "watch": "ageing", "alarm": "stale"},
    "drift": {"ok": "steady", "watch": "drifting", "alarm": "drifted"},
    "performance": {"ok": "holding", "watch": "slipping", "alarm": "failing"},
    "its own": {"ok": "as usual", "watch": "unusual", "alarm": "alarming"},
}
"""One word for each part and level; a level without a word was not looked at."""

HEALTHY = State("ok", "healthy")


def parts(project: Project, scope: Scope) -> tuple[tuple[str, State], ...]:
    """Each part of the health with its state."""
    return _parts(health(project, scope.solution.name, scope.case))


def word(project: Project, scope: Scope) -> State:
    """The worst part in one word, ``healthy`` when none is bad."""
    found = health(project, scope.solution.name, scope.case)
    if found.word == "none":
        return State("off", "not in service")
    state = worst([state for _, state in _parts(found)])
    return HEALTHY if state.level == "ok" else state


def _parts(found: Health) -> tuple[tuple[str, State], ...]:
    return tuple((name, _state(name, part)) for name, part in found.parts.items())


def _state(name: str, part: Part) -> State:
    said = WORDS.get(name, {}).get(part.word, "not looked at" if part.word == "none" else part.word)
    return State("off" if part.word == "none" else part.word, said, part.text)
