"""The pages: each reads its view and renders its template."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from perdure.interfaces.console import lifts, own_files, render
from perdure.interfaces.console.charts.calibration import calibration_figure
from perdure.interfaces.console.charts.drift import drift_figure
from perdure.interfaces.console.charts.figure import Figure
from perdure.interfaces.console.charts.gain import gain_figure
from perdure.interfaces.console.charts.performance import performance_figure
from perdure.interfaces.console.charts.timeline import timeline_figure
from perdure.interfaces.console.words import minute, number, share, signed
from perdure.interfaces.guard.policy import Policy, Routes
from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views import (
    alarms,
    decision,
    entity,
    model,
    navigation,
    portfolio,
    ranked,
    runs,
    scope,
    tables,
)
from perdure.kernel.decisions import DISMISS_REASONS
from perdure.kernel.refs import load
from perdure.platform.storage.project import Project

ROUTES = Routes(options={"include_in_schema": False})
Word = Annotated[str, Path(max_length=128)]
Text = Annotated[str, Query(max_length=128)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


def _project(request: Request) -> Project:
    found: Project = request.app.state.project
    return found


def _page(request: Request, template: str, **values: Any) -> Response:
    return render.page(request, template, nav=navigation.read(_project(request)), **values)


@ROUTES.get("/", Policy.READ)
def home(request: Request) -> Response:
    """What needs a decision today, and every solution."""
    return _page(request, "portfolio.html", p=portfolio.read(_project(request)))


@ROUTES.get("/solutions/{solution}", Policy.READ)
def chosen(request: Request, solution: Word, case: Text = "") -> Response:
    """To the first page of the case that was chosen, or of the first one."""
    return RedirectResponse(scope.resolve(_project(request), solution, case).first_page, 303)


@ROUTES.get("/solutions/{solution}/{case}", Policy.READ)
def ranked_list(
    request: Request,
    solution: Word,
    case: Word,
    view: Text = "waiting",
    territory: Text = "",
    text: Text = "",
    order: Text = "territory",
    page: Number = 1,
) -> Response:
    """The ranked list."""
    project = _project(request)
    query = ranked.Query(view, territory, text, order, page).checked()
    found = ranked.read(project, scope.resolve(project, solution, case), query)

    def filters_with(**changed: str) -> str:
        kept = {"view": view, "territory": territory, "text": text, "order": order, **changed}
        return urlencode({name: value for name, value in kept.items() if value})

    return _page(
        request,
        "ranked.html",
        r=found,
        territories=[("", "All territories"), *((name, name) for name in found.territories)],
        filters=filters_with(),
        filters_with=filters_with,
        dismiss_reasons=DISMISS_REASONS,
    )


@ROUTES.get("/solutions/{solution}/{case}/entities/{entity_id:path}", Policy.READ)
def one_entity(request: Request, solution: Word, case: Word, entity_id: Word) -> Response:
    """The page of one entity."""
    project = _project(request)
    found = entity.read(project, scope.resolve(project, solution, case), entity_id)
    timeline = found.timeline
    drawn = timeline is not None and bool(timeline.series or timeline.events)
    return _page(
        request,
        "entity.html",
        e=found,
        name=found.row.name if found.row else entity_id,
        detail=found.row.detail if found.row else "",
        figure=timeline_figure(timeline) if timeline is not None and drawn else None,
    )


@ROUTES.get("/solutions/{solution}/{case}/model", Policy.READ)
def one_model(
    request: Request,
    solution: Word,
    case: Word,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """The page of one model: of its champion, or of the version that is named."""
    project = _project(request)
    found = model.read(project, scope.resolve(project, solution, case), version)
    about = found.about
    compared = about.compared if about else ()
    bounds = [v for m in compared for v in (m.value, m.low, m.high) if v is not None]
    return _page(
        request,
        "model.html",
        m=found,
        a=about,
        figures=_figures(about) if about else [],
        course=performance_figure(found.performance) if found.performance.points else None,
        drift=drift_figure(found.drift.rows, found.drift.at) if found.drift.rows else None,
        axis=(min(bounds), max(bounds)) if bounds else (0.0, 1.0),
        lift_rows=lifts.lift_rows(found.lift) if found.lift else (),
        lift_head=lifts.HEAD,
        lift_sentence=lifts.lift_sentence(found.lift) if found.lift else "",
        gate_rows=[(v.name, v.wanted, v.measured, "yes" if v.holds else "no")
                   for v in found.verdicts],
        slice_rows=[(s.case, s.metric, number(s.value, 3), number(s.low, 3), number(s.high, 3),
                     number(s.n)) for s in (about.slices if about else ())],
    )  # fmt: skip


def _figures(found: model.About) -> list[Figure]:
    figures = []
    if found.gain:
        figures.append(gain_figure(found.gain))
    if found.calibration:
        figures.append(calibration_figure(found.calibration))
    return figures


@ROUTES.get("/solutions/{solution}/{case}/pages/{path}", Policy.READ)
def own_page(request: Request, solution: Word, case: Word, path: Word) -> Response:
    """A page that the solution brings itself."""
    project = _project(request)
    place = scope.resolve(project, solution, case)
    found = next((page for page in place.solution.pages if page.path == path), None)
    if found is None:
        raise Missing("this solution has no such page")
    query = {name[:128]: value[:2_000] for name, value in request.query_params.items()}
    values = {
        **load(found.context)(project, place.case, query),
        **own_files.addresses(place.solution, found),
        "nav": navigation.read(project),
        "scope": place,
        "page": found,
    }
    return render.own_page(request, found.template, values)


@ROUTES.get("/decisions/{decision_id}", Policy.READ)
def one_decision(request: Request, decision_id: Word) -> Response:
    """Why one decision was made, and what became of it."""
    found = decision.read(_project(request), decision_id)
    made = found.decision
    return _page(
        request,
        "decision.html",
        p=found,
        alternatives=[
            (action, signed(score, 3) if found.worth else share(score))
            for action, score in made.alternatives.items()
        ],
        basis=[
            (found.entity_word.capitalize(), made.entity),
            ("Decided", minute(made.decided_at)),
            ("Data as of", minute(made.data_as_of)),
            ("Model", made.model),
            ("Policy", made.policy),
            ("Channel", made.channel or "any"),
            ("Run", made.run or "–"),
        ],
    )


@ROUTES.get("/alarms", Policy.READ)
def alarm_inbox(request: Request, view: Text = "open") -> Response:
    """The inbox of alarms."""
    return _page(request, "alarms.html", a=alarms.read(_project(request), view))


@ROUTES.get("/runs", Policy.READ)
def all_runs(request: Request) -> Response:
    """The latest runs."""
    project = _project(request)
    return _page(request, "runs.html", rows=runs.listed(project), now=project.clock.now())


@ROUTES.get("/runs/{run_id}", Policy.READ)
def one_run(request: Request, run_id: Word) -> Response:
    """One run with its steps."""
    return _page(request, "run.html", p=runs.read(_project(request), run_id))


@ROUTES.get("/tables", Policy.READ)
def all_tables(request: Request) -> Response:
    """The tables of the lake."""
    return _page(request, "tables.html", rows=tables.listed(_project(request)))


@ROUTES.get("/tables/{table}", Policy.READ)
def one_table(request: Request, table: Word) -> Response:
    """One table with its contract."""
    found = tables.read(_project(request), table)
    versions = [(str(v.version), minute(v.at), v.operation) for v in found.versions]
    return _page(request, "table.html", p=found, version_rows=versions)


@ROUTES.get("/quarantine/{table}", Policy.READ)
def one_quarantine(request: Request, table: Word, rule: Text = "", page: Number = 1) -> Response:
    """The rows of one table that were set aside."""
    found = tables.quarantined(_project(request), table, rule, page)
    return _page(request, "quarantine.html", q=found)


@ROUTES.get("/-/jump", Policy.READ)
def jump(request: Request) -> Response:
    """Where one can jump to, for the jump box."""
    return JSONResponse(navigation.places(_project(request)))
