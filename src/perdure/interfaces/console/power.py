"""The page that says what can be known: how many people an effect needs to be seen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import Query, Request, Response

from perdure.interfaces.console import render
from perdure.interfaces.guard.policy import Policy, Routes
from perdure.interfaces.views import navigation, power

ROUTES = Routes(options={"include_in_schema": False})


@ROUTES.get("/power", Policy.READ)
def power_page(
    request: Request,
    base: Annotated[float, Query(ge=1e-4, le=99.9, allow_inf_nan=False)] = 2.2,
    effect: Annotated[float, Query(ge=0.1, le=1000, allow_inf_nan=False)] = 25,
    arm: Annotated[int, Query(ge=10, le=100_000_000)] = 2500,
) -> Response:
    """The calculator with its answer."""
    answer = power.answer(base / 100, effect / 100, arm)
    shown = {"base": f"{base:g}", "effect": f"{effect:g}", "arm": arm}
    nav = navigation.read(request.app.state.project)
    return render.page(request, "power.html", nav=nav, form=shown, answer=asdict(answer))
