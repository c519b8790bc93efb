"""The API keeps to its own description, whatever is asked: found by Schemathesis."""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from perdure.interfaces.http.app import create_app
from perdure.interfaces.http.routes import API

TOKEN = "t" * 43
EXAMPLES = int(os.environ.get("PERDURE_EXAMPLES", "12"))
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="session")
def api(project):
    return schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json",
        create_app(project, TOKEN, hosts=("*",)),
        headers=BEARER,
    )


OPERATIONS = [
    (route.method, route.path)
    for routes in API
    for route in routes.declared
    if route.options.get("include_in_schema", True)
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_are_as_described(api, method, path):
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=api[path][method].as_strategy())
    def holds(case):
        case.call_and_validate(headers=BEARER)

    holds()


def test_the_description_is_complete(client):
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["description"], path
            answers = operation["responses"]
            good = min(answers)
            assert good.startswith("2"), path
            assert answers[good]["content"]["application/json"]["schema"] != {}, path
            assert {"400", "401", "404", "422"} <= set(answers), path
