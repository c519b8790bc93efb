"""Mounts the endpoints that solutions bring: from their manifests, so no file here changes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from perdure.interfaces.guard.policy import Policy, Routes
from perdure.interfaces.http.forms import Form
from perdure.interfaces.http.shared import ERRORS
from perdure.interfaces.views.services import Services
from perdure.kernel.discovery import solutions
from perdure.kernel.endpoints import JSON_MEDIA, Endpoint
from perdure.kernel.refs import load
from perdure.kernel.solution import Solution

JSON = dict[str, Any]


def solution_routes() -> tuple[Routes, ...]:
    """The routes of every solution that brings endpoints."""
    return tuple(routes_of(found) for found in solutions().values() if found.endpoints)


def routes_of(solution: Solution) -> Routes:
    """The routes of one solution; loads the models that they take and give, not the handlers."""
    routes = Routes(options={"tags": [solution.name], "responses": ERRORS})
    for endpoint in solution.endpoints:
        declare = routes.get if endpoint.method == "GET" else routes.post
        keep = declare(
            endpoint.address(solution.name), Policy(endpoint.policy), **_options(solution, endpoint)
        )
        keep(_answering(solution, endpoint))
    return routes


def _options(solution: Solution, endpoint: Endpoint) -> dict[str, Any]:
    title = endpoint.summary or endpoint.handler.rpartition(":")[2].replace("_", " ").capitalize()
    return {
        "summary": title.rstrip("."),
        "description": f"{title.rstrip('.')}. {solution.title}.",
        "status_code": endpoint.status,
        "response_model": load(endpoint.answer) if endpoint.answer else JSON,
    }


def _answering(solution: Solution, endpoint: Endpoint) -> Callable[..., Any]:
    """A function that the framework calls in its thread pool, with the endpoint's parameters."""
    form = Form.of(endpoint)

    def answer(request: Request, **given: Any) -> Any:
        services: Services = request.app.state.services
        scope = services.scope(solution.name, form.case(given))
        asked = form.request(given)
        return _sent(endpoint, load(endpoint.handler)(services.of(scope), asked))

    first = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    vars(answer).update(__signature__=inspect.Signature([first, *form.parameters()]))
    answer.__name__ = endpoint.handler.rpartition(":")[2].replace(".", "_")
    return answer


def _sent(endpoint: Endpoint, found: Any) -> Any:
    """An answer that is of the declared model already is written as it is: once, and not again.

    Anything else is left to the framework, which checks it against the model first; JSON of a
    standard with a name of its own is sent under that name.
    """
    if endpoint.media != JSON_MEDIA:
        return JSONResponse(found, endpoint.status, media_type=endpoint.media)
    if not endpoint.answer or type(found) is not load(endpoint.answer):
        return found
    text = found.model_dump_json(by_alias=True)
    return Response(text, endpoint.status, media_type="application/json")
