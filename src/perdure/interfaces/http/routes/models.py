"""Model versions, and which of them is in service."""

from __future__ import annotations

from typing import Any

from perdure.interfaces.guard.policy import Policy
from perdure.interfaces.http import records
from perdure.interfaces.http.shared import Case, Here, api
from perdure.interfaces.views import actions, model

ROUTES = api("models")
CASE = "/solutions/{solution}/cases/{case}"


@ROUTES.get("/models", Policy.READ, response_model=list[records.ModelRecord])
def models(project: Here) -> list[dict[str, Any]]:
    """Every version of every model, newest first."""
    return [
        _item(version) for name in model.names(project) for version in model.all_of(project, name)
    ]


@ROUTES.get(f"{CASE}/models", Policy.READ, response_model=list[records.ModelRecord])
def versions(project: Here, scope: Case) -> list[dict[str, Any]]:
    """The versions of one case's model, newest first."""
    return [_item(version) for version in model.all_of(project, scope.model)]


@ROUTES.post(f"{CASE}/promote", Policy.MANAGE, response_model=records.ModelRecord)
def promote(project: Here, scope: Case, asked: records.PromoteRequest) -> dict[str, Any]:
    """Make a version the champion, if the release gate lets it."""
    return _item(actions.promote(project, scope, asked.version, asked.reason))


@ROUTES.post(f"{CASE}/rollback", Policy.MANAGE, response_model=records.ModelRecord)
def rollback(project: Here, scope: Case, asked: records.RollbackRequest) -> dict[str, Any]:
    """Put the champion before the present one back into service."""
    return _item(actions.rollback(project, scope, asked.reason))


def _item(version: Any) -> dict[str, Any]:
    names = ("name", "version", "reference", "digest", "state", "created_at", "training_table",
             "training_version")  # fmt: skip
    metrics = {k: v if v == v else None for k, v in version.metrics.items()}  # NaN is no JSON
    return {**{name: getattr(version, name) for name in names}, "metrics": metrics}
