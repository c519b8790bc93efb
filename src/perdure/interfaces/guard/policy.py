"""Every route says who may call it; a route that does not say so cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute

KEY = "x-perdure-policy"
F = TypeVar("F", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Check = Callable[[Request, "Policy"], None]


class Policy(StrEnum):
    """What a caller must be allowed to do.

    >>> Policy.ACT.writes, Policy.READ.writes
    (True, False)
    """

    PUBLIC = "public"
    READ = "read"
    ACT = "act"
    MANAGE = "manage"

    @property
    def writes(self) -> bool:
        """Whether a call changes something, so that it must come from our own pages or a token."""
        return self in (Policy.ACT, Policy.MANAGE)


class GuardedRoute(APIRoute):
    """A route that asks the gate before it reads a byte of the body."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        declared = (options.get("openapi_extra") or {}).get(KEY)
        if declared is None:
            raise TypeError(f"route {path} declares no policy: use Routes.get or Routes.post")
        self.policy = Policy(declared)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        """FastAPI's handler behind the gate of the application."""
        handler = super().get_route_handler()
        policy = self.policy

        async def guarded(request: Request) -> Response:
            check: Check = request.app.state.check
            check(request, policy)
            return await handler(request)

        return guarded


@dataclass(frozen=True, slots=True)
class Declared:
    """One route before it belongs to an application."""

    path: str
    endpoint: Callable[..., Any]
    method: str
    policy: Policy
    options: dict[str, Any]


@dataclass(slots=True)
class Routes:
    """A list of routes, each with its policy; ``options`` hold for all of them.

    >>> routes = Routes()
    >>> @routes.get("/ping", Policy.PUBLIC)
    ... def ping() -> str:
    ...     return "pong"
    >>> [(r.path, r.policy.value) for r in routes.declared]
    [('/ping', 'public')]
    """

    prefix: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    declared: list[Declared] = field(default_factory=list)

    def get(self, path: str, policy: Policy, **options: Any) -> Callable[[F], F]:
        """Declare a route that reads."""
        return self._declare(path, "GET", policy, options)

    def post(self, path: str, policy: Policy, **options: Any) -> Callable[[F], F]:
        """Declare a route that writes."""
        return self._declare(path, "POST", policy, options)

    def _declare(
        self, path: str, method: str, policy: Policy, options: dict[str, Any]
    ) -> Callable[[F], F]:
        def keep(endpoint: F) -> F:
            merged = {**self.options, **options}
            self.declared.append(Declared(self.prefix + path, endpoint, method, policy, merged))
            return endpoint

        return keep

    def add_to(self, app: FastAPI) -> None:
        """Make the routes part of an application."""
        for route in self.declared:
            app.router.add_api_route(
                route.path,
                route.endpoint,
                methods=[route.method],
                openapi_extra={KEY: route.policy.value},
                route_class_override=GuardedRoute,
                **route.options,
            )
