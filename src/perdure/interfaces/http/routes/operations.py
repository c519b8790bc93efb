"""Alarms, runs, tables, rows set aside, and what can be known."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Query

from perdure.interfaces.guard.policy import Policy
from perdure.interfaces.http import records
from perdure.interfaces.http.shared import Here, PageNumber, Text, Word, api
from perdure.interfaces.views import actions, alarms, power, runs, tables

ROUTES = api("operations")


@ROUTES.get("/alarms", Policy.READ, response_model=list[records.AlarmRecord])
def all_alarms(project: Here, state: Annotated[alarms.View, Query()] = "open") -> Any:
    """The alarms in one state, newest first."""
    return [_alarm(row) for row in alarms.read(project, state).rows]


@ROUTES.post("/alarms/{alarm_id}/acknowledge", Policy.ACT, response_model=records.AlarmRecord)
def acknowledge(project: Here, alarm_id: Word) -> Any:
    """Take an alarm: somebody looks after it."""
    actions.acknowledge(project, alarm_id)
    return _alarm(alarms.one(project, alarm_id))


def _alarm(row: alarms.AlarmRow) -> dict[str, Any]:
    return {**asdict(row), "state": row.state.word}


@ROUTES.get("/runs", Policy.READ, response_model=list[records.RunRecord])
def all_runs(project: Here, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> Any:
    """The latest runs, newest first."""
    return [
        {**asdict(row), "state": row.state.word, "inputs": dict(row.inputs),
         "outputs": dict(row.outputs)}
        for row in runs.listed(project, limit)
    ]  # fmt: skip


@ROUTES.get("/tables", Policy.READ, response_model=list[records.TableRecord])
def all_tables(project: Here) -> Any:
    """The tables of the lake, with how many rows of each were set aside."""
    return [{**asdict(row), "state": row.state.word} for row in tables.listed(project)]


@ROUTES.get("/quarantine/{table}", Policy.READ, response_model=records.QuarantineRecord)
def quarantine(project: Here, table: Word, rule: Text = "", page: PageNumber = 1) -> Any:
    """The rows of a table that broke its contract, newest first, 50 a page."""
    found = tables.quarantined(project, table, rule, page)
    return {
        "table": table,
        "total": found.total,
        "by_rule": dict(found.by_rule),
        "sampled": {rule: everything for rule, _kept, everything in found.sampled},
        "page": page,
        "pages": found.pages,
        "items": [asdict(row) for row in found.rows],
    }


@ROUTES.get("/power", Policy.READ, response_model=records.PowerRecord)
def power_answer(
    base_rate: Annotated[float, Query(ge=1e-6, le=0.999, allow_inf_nan=False)],
    effect: Annotated[float, Query(ge=0.001, le=10, allow_inf_nan=False)] = 0.25,
    per_arm: Annotated[int, Query(ge=10, le=100_000_000)] = 2500,
) -> Any:
    """People needed in each arm to see a relative effect, and the smallest that so many show."""
    return power.answer(base_rate, effect, per_arm)
