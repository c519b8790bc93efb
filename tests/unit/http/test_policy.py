"""Every route says who may call it, and the gate keeps to that."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from perdure.interfaces.guard.policy import GuardedRoute, Policy
from perdure.interfaces.http.app import create_app
from perdure.kernel.discovery import solutions

PUBLIC = {"/api/v1/health", "/static/{name}"}


def routes_of(app):
    return list(app.router.routes)


def our_own(app):
    """Without what solutions bring: their manifests say who may call, and the checks look."""
    brought = {e.address(s.name) for s in solutions().values() for e in s.endpoints}
    return [route for route in routes_of(app) if route.path not in brought]


def test_every_route_declares_a_policy(project):
    routes = routes_of(create_app(project))
    assert len(routes) > 35
    assert [r.path for r in routes if not isinstance(r, GuardedRoute)] == []


def test_only_named_routes_are_public(project):
    routes = our_own(create_app(project))
    assert {r.path for r in routes if r.policy is Policy.PUBLIC} == PUBLIC


def test_routes_that_write_say_so(project):
    for route in our_own(create_app(project)):
        changes = route.methods == {"POST"} and not route.path.endswith("/score")
        assert route.policy.writes == changes, route.path


def test_a_route_without_a_policy_cannot_be_made(project):
    app = create_app(project)
    with pytest.raises(TypeError, match="declares no policy"):
        app.get("/sneaked-in")(lambda: "no")


def test_without_a_token_nothing_but_the_public_is_answered(locked, project):
    for route in routes_of(create_app(project)):
        if route.policy is Policy.PUBLIC:
            continue
        path = route.path.replace("{", "").replace("}", "").replace(":path", "")
        answer = locked.request(next(iter(route.methods)), path)
        assert answer.status_code == 401, path


def test_refusal_comes_before_the_body_is_read(locked):
    answer = locked.post(
        "/api/v1/feedback", content=b"{broken", headers={"content-type": "application/json"}
    )
    assert answer.status_code == 401


def test_an_application_of_its_own_has_no_documentation_pages(client):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404


def test_policies_are_in_the_description(client):
    described = client.get("/api/v1/openapi.json").json()
    operations = [o for path in described["paths"].values() for o in path.values()]
    assert {o["x-perdure-policy"] for o in operations} == {"public", "read", "act", "manage"}


def test_a_guarded_route_needs_the_words_it_knows():
    with pytest.raises(ValueError, match="anyone"):
        GuardedRoute("/x", lambda: "", openapi_extra={"x-perdure-policy": "anyone"})
    assert FastAPI().router.route_class is not GuardedRoute
