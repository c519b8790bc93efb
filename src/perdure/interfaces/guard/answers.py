"""How an error is answered: one form, with an id that is found in the log, never the input."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from perdure.interfaces.guard.headers import add_headers
from perdure.interfaces.guard.refusals import status_of
from perdure.kernel.errors import PerdureError, WordedError
from perdure.kernel.names import new_id

LOG = logging.getLogger("perdure.http")
ErrorPage = Callable[[Request, int, Mapping[str, Any]], Response]
_WORDS = {
    404: ("there is nothing at this address", "go back, or press / to find it"),
    405: ("this address does not take that method", None),
    413: ("the request is larger than 1 MiB", "send fewer values at once"),
}


def answer_errors(app: FastAPI, page: ErrorPage) -> None:
    """Give an application the error form: JSON where programs call, ``page`` everywhere else."""

    def told(request: Request, status: int, facts: dict[str, Any]) -> Response:
        facts["id"] = new_id("err")
        LOG.warning("%s %s %s %s", facts["id"], status, request.method, facts["error"])
        return _form(request, status, facts, page)

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, PerdureError)  # noqa: S101  registered for this class only
        if isinstance(error, WordedError):
            return _worded(request, error)
        return told(request, status_of(error), dict(error.as_dict()))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  registered for it only
        return told(request, 422, _invalid(error))

    def unrouted(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  registered for this class only
        what, hint = _WORDS.get(error.status_code, ("the request cannot be read", None))
        facts = {"error": "HttpError", "what": what, "where": None, "expected": None, "hint": hint}
        answer = told(request, error.status_code, facts)
        answer.headers.update(error.headers or {})
        return answer

    def broken(request: Request, error: Exception) -> Response:
        facts = _broken()
        LOG.error("%s 500 %s", facts["id"], request.method, exc_info=error)
        return _form(request, 500, facts, page)

    app.add_exception_handler(PerdureError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, unrouted)
    app.add_exception_handler(Exception, broken)


def _form(request: Request, status: int, facts: Mapping[str, Any], page: ErrorPage) -> Response:
    answer: Response
    # htmx swaps pages, not errors: the console's script reads these facts and says them.
    if _for_programs(request) or "hx-request" in request.headers:
        answer = JSONResponse(dict(facts), status_code=status)
    else:
        answer = page(request, status, facts)
    add_headers(answer.headers)
    return answer


def _worded(request: Request, error: WordedError) -> Response:
    """An error as its standard words it (an OperationOutcome of FHIR), logged like any other."""
    LOG.warning("%s %s %s %s", new_id("err"), error.status, request.method, type(error).__name__)
    answer = JSONResponse(dict(error.body), status_code=error.status, media_type=error.media)
    add_headers(answer.headers)
    return answer


def _for_programs(request: Request) -> bool:
    """Under ``/api``, and at every other address that the description of the API names."""
    described = getattr(request.scope.get("route"), "include_in_schema", False)
    return bool(described) or request.url.path.startswith("/api/")


def _invalid(error: RequestValidationError) -> dict[str, Any]:
    """The first faults, by place and rule; never the value, which may be hostile or private."""
    faults = [f"{_place(fault)}: {str(fault['msg'])[:120]}" for fault in error.errors()[:5]]
    return {
        "error": "InvalidRequest",
        "what": "; ".join(faults)[:1_000].encode("utf-8", "replace").decode(),
        "where": None,
        "expected": "values as in /api/v1/openapi.json",
        "hint": None,
    }


def _place(fault: Mapping[str, Any]) -> str:
    """Where the fault is; an unknown field is input too, so only its parent is named."""
    place = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]
    return ".".join(str(part)[:40] for part in place)


def _broken() -> dict[str, Any]:
    return {
        "error": "InternalError",
        "what": "this page could not be made; everything else still works",
        "where": None,
        "expected": None,
        "hint": "look for the id in the log of `perdure up`",
        "id": new_id("err"),
    }
