"""Checks of what a solution serves itself: its endpoints, the service behind them, its pages."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from perdure.kernel.endpoints import Endpoint
from perdure.kernel.errors import NotEnoughData, PerdureError
from perdure.kernel.refs import load
from perdure.kernel.solution import Page
from perdure.platform.automation.rehearsed import Rehearsed
from perdure.platform.registry.registry import Registry
from perdure.platform.registry.release import assess


def endpoints_are_whole(played: Rehearsed) -> str:
    """Every endpoint has a policy, an address of its own, and references that load."""
    solution = played.solution
    faults = [] if solution.service else ["endpoints without a service"]
    places = [(e.method, e.address(solution.name)) for e in solution.endpoints]
    faults += [f"{' '.join(place)} twice" for place in places if places.count(place) > 1]
    return "; ".join((*faults, *(f for e in solution.endpoints for f in _faults(e))))


def service_opens(played: Rehearsed) -> str:
    """The service opens with a champion, or says in its own words what is missing."""
    project, solution, case = played.project, played.solution, played.work.case
    gate = assess(project, solution, played.version.reference, played.work.settings.gate)
    if gate.passed:
        Registry(project).promote(
            played.version.reference, actor="checks", reason="to open the service", gate=gate
        )
    try:
        service = solution.code("service")(project, played.work.settings, case)
    except NotEnoughData as error:
        return str(error) if gate.passed else ""
    close = getattr(service, "close", None)
    if close is not None:
        close()
    return ""


def monitors_read(played: Rehearsed) -> str:
    """The solution's own monitors answer for a case to which nothing has happened yet."""
    work = played.work
    readings = played.solution.code("monitors")(work.project, work.settings, work.case, played.at)
    mute = [reading.monitor for reading in readings if not reading.text]
    return f"no words: {', '.join(mute)}" if mute else ""


def pages_are_there(played: Rehearsed) -> str:
    """Every page has its template, files and values, and the first page is one of them."""
    solution, faults = played.solution, []
    if solution.home and solution.home not in {page.path for page in solution.pages}:
        faults.append(f"no page {solution.home!r} to show first")
    for page in solution.pages:
        faults += [f"{page.path}: {fault}" for fault in _page_faults(played, page)]
    return "; ".join(faults)


def _faults(endpoint: Endpoint) -> Iterable[str]:
    where = f"{endpoint.method} {endpoint.path}"
    try:
        if not callable(load(endpoint.handler)):
            yield f"{where}: the handler is no function"
        for reference in filter(None, (endpoint.request, endpoint.answer)):
            if not _is_model(load(reference)):
                yield f"{where}: {reference} is no pydantic model"
        if endpoint.request:
            known = getattr(load(endpoint.request), "model_fields", {})
            lost = [name for name in endpoint.parameters() if name not in known]
            yield from (f"{where}: the request has no field for {{{name}}}" for name in lost)
    except PerdureError as error:
        yield f"{where}: {error}"


def _is_model(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)


def _page_faults(played: Rehearsed, page: Page) -> Iterable[str]:
    for reference in (page.template, *page.scripts, *page.styles):
        package, _, name = reference.partition(":")
        if not importlib.resources.files(package).joinpath(name).is_file():
            yield f"no file {reference}"
    try:
        values = load(page.context)(played.project, played.work.case, {})
    except PerdureError as error:
        yield str(error)
    else:
        if not isinstance(values, Mapping):
            yield "its values are no mapping"
