"""The services of solutions that answer online: opened at the first request, kept open."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from perdure.interfaces.guard.refusals import as_things_stand
from perdure.interfaces.views.scope import Scope, resolve, scopes
from perdure.kernel.discovery import solutions
from perdure.kernel.errors import PerdureError
from perdure.kernel.names import slug
from perdure.platform.registry.registry import Registry
from perdure.platform.storage.project import Project


@dataclass(slots=True)
class _Place:
    """Where one service stands; one caller opens it, the others wait."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    opened: bool = False
    service: Any = None


class Services:
    """The open services of a project, one for each case that was asked about."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._places: dict[str, _Place] = {}
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._turn = threading.Lock()
        self._ended = False

    def scope(self, solution: str, case: str) -> Scope:
        """The case that a call means, the first one when it names none; unknown is Missing.

        Looked up once: reading the settings takes longer than most answers.
        """
        asked = (solution, slug(case) if case else "")
        if asked not in self._scopes:
            self._scopes[asked] = resolve(self._project, *asked)
        return self._scopes[asked]

    def of(self, scope: Scope) -> Any:
        """The service of a case; None for a solution that has none.

        One that cannot be opened yet is opened at a later request.
        """
        if not scope.solution.service:
            return None
        with self._turn:
            place = self._places.setdefault(scope.model, _Place())
        with place.turn:
            if not place.opened:
                place.service, place.opened = self._open(scope), True
            return place.service

    def warm(self) -> None:
        """Open what has a model in service, so that the first caller need not wait.

        What cannot be opened tells its reason to the first caller.
        """
        if not self._project.ops.is_there:
            return  # nothing was ever made here
        registry = Registry(self._project)
        for solution in solutions().values():
            for scope in scopes(self._project, solution) if solution.service else ():
                if self._ended:
                    return
                with suppress(PerdureError):
                    if registry.champion(scope.model) is not None:
                        self.of(scope)

    def cool(self) -> None:
        """Open nothing more ahead of a caller."""
        self._ended = True

    def close(self) -> None:
        """Close every service that can be closed; the next request opens it again. Repeatable."""
        with self._turn:
            ended, self._places = self._places, {}
        for place in ended.values():
            with place.turn:
                close = getattr(place.service, "close", None)
            if close is not None:
                close()

    def _open(self, scope: Scope) -> Any:
        with as_things_stand():
            settings = self._project.settings(scope.solution)
            return scope.solution.code("service")(self._project, settings, scope.case)
