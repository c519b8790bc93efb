"""Makes the application of a project."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from perdure import __version__
from perdure.interfaces.console import acts, pages, patterns, power, render, static_files
from perdure.interfaces.guard.answers import answer_errors
from perdure.interfaces.guard.body import BodyLimit
from perdure.interfaces.guard.gate import Gate
from perdure.interfaces.guard.headers import SecurityHeaders
from perdure.interfaces.guard.policy import GuardedRoute
from perdure.interfaces.guard.signin import SignIn
from perdure.interfaces.http.endpoints import solution_routes
from perdure.interfaces.http.routes import API
from perdure.interfaces.views import navigation
from perdure.interfaces.views.scoring import Scorers
from perdure.interfaces.views.services import Services
from perdure.interfaces.views.writing import Writing
from perdure.platform.storage.project import Project

HOSTS = ("127.0.0.1", "localhost", "[::1]", "::1")


def create_app(
    project: Project, token: str | None = None, *, hosts: tuple[str, ...] = HOSTS
) -> FastAPI:
    """The console and the API of a project.

    ``token`` is what callers must show; None lets everyone in who reaches the address, for
    tests. ``hosts`` are the names under which it may be called (against DNS rebinding).
    """
    app = FastAPI(
        title="perdure",
        version=__version__,
        description="Ranked decisions with reasons, what became of them, and the models behind.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_serving,
    )
    gate = Gate(token)
    app.state.project, app.state.check = project, gate
    app.state.scorers, app.state.writing = Scorers(project), Writing(project)
    app.state.services = Services(project)
    app.router.route_class = GuardedRoute
    for routes in (*API, pages.ROUTES, acts.ROUTES, power.ROUTES, patterns.ROUTES,
                   static_files.ROUTES, *solution_routes()):  # fmt: skip
        routes.add_to(app)
    answer_errors(app, _error_page)
    app.add_middleware(BodyLimit)
    app.add_middleware(SignIn, gate=gate)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(SecurityHeaders)
    return app


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[None]:
    opening = Thread(target=app.state.services.warm, name="warm-up", daemon=True)
    opening.start()
    yield
    # A store must not be closed under a thread that reads it.
    await run_in_threadpool(app.state.services.cool)
    await run_in_threadpool(opening.join)
    await run_in_threadpool(app.state.services.close)
    await run_in_threadpool(app.state.writing.close)


def _error_page(request: Request, status: int, facts: Mapping[str, Any]) -> Response:
    """An error as a page; without the navigation when the navigation itself cannot be made."""
    title = "Nothing here" if status == 404 else "This did not work"
    if status != 401:
        try:
            nav = navigation.read(request.app.state.project)
        except Exception:  # noqa: BLE001  the page must be made whatever is broken behind it
            status = max(status, 500)
        else:
            return render.page(
                request, "message.html", status=status, nav=nav, title=title, facts=facts
            )
    title = "Please sign in" if status == 401 else title
    return render.page(request, "bare.html", status=status, title=title, facts=facts)
