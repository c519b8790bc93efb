"""Every component once: for people who build pages, and for the tests that look at them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request, Response

from perdure.interfaces.console import render
from perdure.interfaces.console.charts.calibration import calibration_figure
from perdure.interfaces.console.charts.drift import drift_figure
from perdure.interfaces.console.charts.gain import gain_figure
from perdure.interfaces.console.charts.performance import performance_figure
from perdure.interfaces.guard.policy import Policy, Routes
from perdure.interfaces.views import navigation
from perdure.interfaces.views.drift import DriftRow
from perdure.interfaces.views.model import CalibrationRow, GainRow
from perdure.interfaces.views.performance import Performance, PerformancePoint
from perdure.interfaces.views.scored import Why
from perdure.interfaces.views.states import State
from perdure.kernel.evidence import Measured

ROUTES = Routes(options={"include_in_schema": False})
STATES = (
    State("ok", "healthy"),
    State("watch", "drifting", "2 features moved"),
    State("alarm", "failing", "no champion"),
    State("off", "not run"),
)


@ROUTES.get("/-/patterns", Policy.READ)
def gallery(request: Request) -> Response:
    """The component gallery."""
    nav = navigation.read(request.app.state.project)
    return render.page(request, "patterns.html", nav=nav, **_examples())


def _examples() -> dict[str, Any]:
    shares = [tenth / 10 for tenth in range(1, 11)]
    gain = tuple(GainRow(s, 1 - (1 - s) ** 4, (1 - (1 - s) ** 4) / s) for s in shares)
    rule = tuple(GainRow(s, 1 - (1 - s) ** 2, (1 - (1 - s) ** 2) / s) for s in shares)
    calibration = tuple(CalibrationRow(s / 8, s / 8.4, 500) for s in shares)
    drift = (
        DriftRow("claims_3mo", "claims of the market in 3 months", 0.31, 0.11, STATES[1]),
        DriftRow("contacts_6mo", "contacts in 6 months", 0.04, 0.09, STATES[0]),
    )
    return {
        "states": STATES,
        "figures": [
            gain_figure([("the model", gain), ("volume alone", rule)]),
            calibration_figure(calibration),
            drift_figure(drift, datetime(2026, 1, 31)),
            performance_figure(_course()),
        ],
        "reasons": (Why("12 peers write it already", 0.82), Why("No visit for 9 months", -0.34)),
        "facts": {
            "what": "This table cannot be read",
            "where": "claims",
            "expected": None,
            "hint": "perdure data check",
            "id": "err_0000000000",
        },
    }


def _course() -> Performance:
    """Half a year of scores, of which the last three months have not matured."""
    points = []
    for month in range(1, 8):
        value = 0.84 - 0.01 * month
        known = (value, value - 0.03, value + 0.03, 1_200) if month < 5 else ()
        points.append(PerformancePoint(datetime(2026, month, 28), 0.83, *known))
    return Performance(tuple(points), Measured("demo", "served", "auc", 0.838, 0.82, 0.85, 15_554))
