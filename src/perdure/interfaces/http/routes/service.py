"""Whether the service answers, what it can do, and which solutions it serves."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from perdure import __version__
from perdure.interfaces.guard.policy import Policy
from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.http import records
from perdure.interfaces.http.shared import Here, Word, api
from perdure.interfaces.views import portfolio
from perdure.kernel.discovery import solutions
from perdure.kernel.errors import did_you_mean
from perdure.kernel.solution import Solution

ROUTES = api("service")


@ROUTES.get("/health", Policy.PUBLIC, response_model=records.Health)
def health() -> dict[str, str]:
    """Whether the service answers."""
    return {"status": "ok", "version": __version__}


@ROUTES.get("/openapi.json", Policy.READ, include_in_schema=False)
def description(request: Request) -> JSONResponse:
    """The OpenAPI description of this API."""
    return JSONResponse(request.app.openapi())


@ROUTES.get("/solutions", Policy.READ, response_model=list[records.SolutionRecord])
def all_solutions() -> list[Solution]:
    """Every solution that is installed."""
    return list(solutions().values())


@ROUTES.get("/solutions/{solution}/cases", Policy.READ, response_model=list[records.CaseRecord])
def cases(project: Here, solution: Word) -> list[dict[str, Any]]:
    """The cases of a solution with their health."""
    known = solutions()
    if solution not in known:
        raise Missing("no such solution", hint=did_you_mean(solution[:64], known))
    return [
        {
            "case": row.case,
            "slug": row.slug,
            "health": row.health,
            "champion": row.champion,
            "data_as_of": row.data_as_of,
            "waiting": row.waiting,
            "alarms": row.alarms,
        }
        for row in portfolio.cases(project, known[solution])
    ]
