"""Runs of the pipelines: what ran, on which inputs, what it made, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views.states import State
from perdure.platform.automation.ledger import Ledger, RunRecord
from perdure.platform.automation.records import RUN_STEPS, RUNS
from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a run."""

    name: str
    state: State
    seconds: float | None
    outputs: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run, as one line."""

    id: str
    pipeline: str
    state: State
    started_at: datetime
    seconds: float | None
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    error: str

    @property
    def summary(self) -> str:
        """What the run says of itself in one line, if it does."""
        return dict(self.outputs).get("summary", "")


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run with its steps."""

    run: RunRow
    steps: tuple[StepRow, ...]
    now: datetime


STATES = {
    "finished": State("ok", "finished"),
    "running": State("watch", "running"),
    "failed": State("alarm", "failed"),
}


def listed(project: Project, limit: int = 100) -> tuple[RunRow, ...]:
    """The latest runs, newest first."""
    return tuple(_row(record) for record in Ledger(project).runs(limit))


def read(project: Project, run: str) -> RunPage:
    """One run with its finished steps."""
    with project.ops.connect() as connection:
        row = connection.execute(select(RUNS).where(RUNS.c.id == run)).mappings().first()
        if row is None:
            raise Missing("no such run")
        ordered = select(RUN_STEPS).where(RUN_STEPS.c.run == run).order_by(RUN_STEPS.c.started_at)
        steps = connection.execute(ordered).all()
    made = tuple(
        StepRow(
            name=step.name,
            state=STATES["finished"],
            seconds=(step.finished_at - step.started_at).total_seconds(),
            outputs=", ".join(f"{name} {value}" for name, value in plain(step.outputs)),
        )
        for step in steps
    )
    return RunPage(_row(RunRecord(**row)), made, project.clock.now())


def _row(record: RunRecord) -> RunRow:
    ended = record.finished_at
    return RunRow(
        id=record.id,
        pipeline=record.pipeline,
        state=STATES.get(record.state, State("off", record.state)),
        started_at=record.started_at,
        seconds=(ended - record.started_at).total_seconds() if ended else None,
        inputs=plain(record.inputs),
        outputs=plain(record.outputs or {}),
        error=record.error or "",
    )


def plain(values: Any) -> tuple[tuple[str, str], ...]:
    """A nested mapping as (name, text) pairs, in order, short enough for a page.

    >>> plain({"tables": {"claims": 3}, "at": "2026-01-31"})
    (('claims', '@3'), ('at', '2026-01-31'))
    """
    made: list[tuple[str, str]] = []
    for name, value in dict(values).items():
        if isinstance(value, dict) and name in ("tables", "models"):
            made += [(str(what), _version(str(what), version)) for what, version in value.items()]
        else:
            text = str(value)
            made.append((str(name), text if len(text) <= 200 else f"{text[:199]}…"))
    return tuple(made)


def _version(name: str, version: object) -> str:
    """A version as ``@3``, whether it was kept as 3 or as ``name@3``."""
    return f"@{str(version).removeprefix(f'{name}@')}"
