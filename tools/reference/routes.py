"""Every route of the application: method, address, who may call it, what it answers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from fastapi.routing import APIRoute

from perdure.interfaces.guard.policy import KEY
from perdure.interfaces.http.app import create_app
from perdure.platform.storage.project import Project
from tools.reference.markdown import cell, code, page, table

INTRODUCTION = """\
The API is under `/api/v1`; its OpenAPI description is at `/api/v1/openapi.json`. Callers show the
token in `var/token` as `Authorization: Bearer TOKEN`. Errors have one form: `error`, `what`,
`where`, `expected`, `hint`, `id`. A write is acknowledged only after it is durable."""


def pages() -> dict[str, str]:
    """The page of routes."""
    api: list[list[str]] = []
    console: list[list[str]] = []
    for route in each_route():
        methods = ", ".join(sorted((route.methods or set()) - {"HEAD"}))
        text = (route.summary or route.description or "").splitlines()
        row = [code(methods), code(route.path), policy_of(route), cell(text[0] if text else "")]
        (api if route.path.startswith("/api/") else console).append(row)
    header = ["method", "address", "policy", "answers"]
    parts = [INTRODUCTION, "## API", table(header, api), "## Console", table(header, console)]
    return {"reference/routes.md": page("Routes", *parts)}


def each_route() -> Iterator[APIRoute]:
    """Every route of an application made for an empty project."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Project.create(Path(folder) / "project"))
        yield from (route for route in app.routes if isinstance(route, APIRoute))


def policy_of(route: APIRoute) -> str:
    """The policy that the route declares."""
    return str((route.openapi_extra or {}).get(KEY, ""))
