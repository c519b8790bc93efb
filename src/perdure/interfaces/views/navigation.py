"""What stands in the navigation of every page, and where one can jump to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from perdure.interfaces.views import alarms, health
from perdure.interfaces.views.scope import Scope, scopes
from perdure.interfaces.views.states import State, worst
from perdure.kernel.discovery import solutions
from perdure.kernel.solution import Page, Solution
from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to jump to."""

    text: str
    kind: str
    link: str


@dataclass(frozen=True, slots=True)
class SolutionItem:
    """One solution in the navigation: its title, first case, worst health, own pages.

    ``is_ranked``: it has a ranked list.
    """

    title: str
    link: str
    health: State
    pages: tuple[tuple[str, str], ...]
    is_ranked: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    """The navigation."""

    project: str
    solutions: tuple[SolutionItem, ...]
    alarms: int


def read(project: Project) -> Navigation:
    """The navigation of a project."""
    items = []
    for solution in solutions().values():
        cases = scopes(project, solution)
        states = [health.word(project, scope) for scope in cases]
        pages = tuple((page.path, page.title) for page in _home_first(solution))
        first = cases[0]
        items.append(
            SolutionItem(solution.title, first.link, worst(states), pages, first.is_ranked)
        )
    return Navigation(project.root.name, tuple(items), alarms.open_count(project))


def places(project: Project) -> dict[str, Any]:
    """Everything that the jump box offers: pages and cases."""
    fixed = [
        Place("Portfolio", "page", "/"),
        Place("Alarms", "page", "/alarms"),
        Place("Runs", "page", "/runs"),
        Place("Data", "page", "/tables"),
        Place("Power calculator", "page", "/power"),
    ]
    known = [scope for solution in solutions().values() for scope in scopes(project, solution)]
    # Only where somebody is scored ahead an id is somebody's.
    ranked = [scope for scope in known if scope.is_ranked]
    cases = [{"text": _title(s), "entity": s.solution.entity, "link": s.link} for s in ranked]
    found = [*fixed, *(place for scope in known for place in _of_case(scope))]
    return {"places": [asdict(place) for place in found], "cases": cases}


def _of_case(scope: Scope) -> tuple[Place, ...]:
    title = _title(scope)
    pages = [
        Place(f"{page.title}, {title}", "page", f"{scope.link}/pages/{page.path}")
        for page in _home_first(scope.solution)
    ]
    ranked = [Place(title, "ranked list", scope.link)] if scope.is_ranked else []
    return (*ranked, Place(f"Model of {title}", "model", f"{scope.link}/model"), *pages)


def _home_first(solution: Solution) -> list[Page]:
    return sorted(solution.pages, key=lambda page: page.path != solution.home)


def _title(scope: Scope) -> str:
    name = scope.solution.title
    return name if scope.case == "default" else f"{name} · {scope.case}"
