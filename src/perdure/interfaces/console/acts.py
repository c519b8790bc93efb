"""What people do on the pages: accept, dismiss, acknowledge, promote, roll back, export."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from perdure.interfaces.console import exports, render
from perdure.interfaces.console.forms import form, form_with_notes
from perdure.interfaces.guard.policy import Policy, Routes
from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views import actions, ranked, scope
from perdure.interfaces.views.services import Services
from perdure.kernel.decisions import FeedbackKind
from perdure.kernel.errors import UsageError
from perdure.kernel.refs import load
from perdure.platform.storage.project import Project

ROUTES = Routes(options={"include_in_schema": False})
Word = Annotated[str, Path(max_length=128)]
Text = Annotated[str, Query(max_length=128)]
Fields = Annotated[dict[str, str], Depends(form)]
Notes = Annotated[dict[str, str], Depends(form_with_notes)]


def _project(request: Request) -> Project:
    found: Project = request.app.state.project
    return found


@ROUTES.post("/decisions/{decision_id}/feedback", Policy.ACT)
def feedback(request: Request, decision_id: Word, fields: Fields) -> Response:
    """Record what a person did with a decision; answers with its new row, or goes to its page."""
    project = _project(request)
    kind = _kind(fields.get("kind", ""))
    actions.give_feedback(
        project,
        decision_id,
        kind,
        key=fields.get("key") or f"{decision_id}:{kind}",
        reason=fields.get("reason") or None,
        note=fields.get("note") or None,
    )
    if "hx-request" in request.headers:
        row, place = ranked.row_of(project, decision_id)
        now = project.clock.now()
        return HTMLResponse(render.html("ranked_single.html", row=row, scope=place, now=now))
    return RedirectResponse(f"/decisions/{decision_id}", 303)


def _kind(given: str) -> FeedbackKind:
    kinds: tuple[FeedbackKind, ...] = ("executed", "dismissed", "completed")
    for kind in kinds:
        if kind == given:
            return kind
    raise UsageError("the form says nothing that can be recorded", expected=", ".join(kinds))


@ROUTES.post("/alarms/{alarm_id}/acknowledge", Policy.ACT)
def acknowledge(request: Request, alarm_id: Word) -> Response:
    """Take an alarm: somebody looks after it."""
    actions.acknowledge(_project(request), alarm_id)
    return RedirectResponse("/alarms", 303)


@ROUTES.post("/solutions/{solution}/{case}/promote", Policy.MANAGE)
def promote(request: Request, solution: Word, case: Word, fields: Fields) -> Response:
    """Make a version the champion, with a reason."""
    place = scope.resolve(_project(request), solution, case)
    if not fields.get("version", "").isdecimal():
        raise UsageError("no version was named", expected="a number")
    actions.promote(_project(request), place, int(fields["version"]), fields.get("reason", ""))
    return RedirectResponse(f"{place.link}/model#versions", 303)


@ROUTES.post("/solutions/{solution}/{case}/rollback", Policy.MANAGE)
def rollback(request: Request, solution: Word, case: Word, fields: Fields) -> Response:
    """Put the champion before back into service, with a reason."""
    place = scope.resolve(_project(request), solution, case)
    actions.rollback(_project(request), place, fields.get("reason", ""))
    return RedirectResponse(f"{place.link}/model#versions", 303)


@ROUTES.post("/solutions/{solution}/{case}/pages/{path}", Policy.ACT)
def own_form(request: Request, solution: Word, case: Word, path: Word, fields: Notes) -> Response:
    """Take the form of a page that the solution brings, and go where the solution says."""
    services: Services = request.app.state.services
    place = services.scope(solution, case)
    found = next((page for page in place.solution.pages if page.path == path), None)
    if found is None or not found.posted:
        raise Missing("this solution has no such form")
    shown = load(found.posted)(services.of(place), fields)
    return RedirectResponse(f"{place.link}/pages/{shown}", 303)


@ROUTES.get("/solutions/{solution}/{case}/export.{form_name}", Policy.READ)
def export(
    request: Request,
    solution: Word,
    case: Word,
    form_name: Word,
    view: Text = "waiting",
    territory: Text = "",
    text: Text = "",
    order: Text = "territory",
    action: Text = "",
) -> Response:
    """The list as shown, whole, as a file that is safe to open in a spreadsheet."""
    project = _project(request)
    place = scope.resolve(project, solution, case)
    query = ranked.Query(view, territory, text, order, action=action).checked()
    return exports.answer(form_name, place, ranked.everything(project, place, query))
