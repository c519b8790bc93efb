"""What all routes of the API share: address, documented errors, and the project."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from perdure.interfaces.guard.policy import Routes
from perdure.interfaces.http.records import Problem
from perdure.interfaces.views.scope import Scope, resolve
from perdure.interfaces.views.scored import Why
from perdure.platform.storage.project import Project

PREFIX = "/api/v1"
_ERRORS = {
    400: "The request is wrong",
    401: "No valid token",
    403: "Asked for by another site",
    404: "Not there",
    409: "Not possible as things stand",
    413: "Larger than 1 MiB",
    422: "Values that the description does not allow",
    503: "The store is busy or full; try again",
}
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text} for status, text in _ERRORS.items()
}


def api(tag: str) -> Routes:
    """A list of routes of the API; each answers errors in the one form."""
    return Routes(prefix=PREFIX, options={"tags": [tag], "responses": ERRORS})


def _project(request: Request) -> Project:
    found: Project = request.app.state.project
    return found


def _scope(
    request: Request,
    solution: Annotated[str, Path(max_length=64)],
    case: Annotated[str, Path(max_length=64)],
) -> Scope:
    return resolve(_project(request), solution, case)


Here = Annotated[Project, Depends(_project)]
Case = Annotated[Scope, Depends(_scope)]
Word = Annotated[str, Path(min_length=1, max_length=128)]
Text = Annotated[str, Query(max_length=128)]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]


def reasons(found: tuple[Why, ...]) -> list[dict[str, Any]]:
    """Reasons as plain records."""
    return [{"text": why.text, "effect": why.effect} for why in found]
