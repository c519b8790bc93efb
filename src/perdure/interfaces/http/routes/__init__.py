"""The JSON API, one module per kind of thing."""

from __future__ import annotations

from perdure.interfaces.guard.policy import Routes
from perdure.interfaces.http.routes import decisions, models, operations, predictions, service

API: tuple[Routes, ...] = (
    service.ROUTES,
    predictions.ROUTES,
    models.ROUTES,
    decisions.ROUTES,
    operations.ROUTES,
)
