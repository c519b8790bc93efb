"""Day after day it is decided upon the same people."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import func, select

from perdure.platform.decisions.decide import decide
from perdure.platform.decisions.log import DecisionLog
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.records import BATCHES, DECISIONS
from perdure.platform.storage.project import Project
from tools.kill_sweep.scenario import Acks

DAYS, PEOPLE = 12, 120
START = datetime(2026, 1, 1)
POLICY = DecisionPolicy(capacity=40, contact_cap=2, cap_days=30, minimum_gap_days=3, valid_days=5)


def proposals(day: int) -> pl.DataFrame:
    """Everyone with a score that changes by the day."""
    people = range(PEOPLE)
    return pl.DataFrame(
        {
            "entity": [f"p{person:04}" for person in people],
            "action": ["visit"] * PEOPLE,
            "score": [((person * 37 + day * 101) % 997) / 997 for person in people],
            "territory": [f"t{person % 4}" for person in people],
        }
    )


class Decisions:
    """A batch of decisions is acknowledged when ``decide`` returns."""

    name, weight = "decisions", 4

    def prepare(self, project: Project) -> None:
        """An empty store."""
        project.ops.migrate()

    def work(self, project: Project, acks: Acks) -> None:
        """Decide upon every day; a day that was decided before stays as it is."""
        for day in range(DAYS):
            at = START + timedelta(days=day)
            report = decide(
                project,
                "sweep",
                "default",
                proposals(day),
                POLICY,
                model="sweep/default@1",
                data_as_of=at,
                at=at,
            )
            acks.add("batch", [report.batch, report.decisions + report.holdout])

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """The chain verifies, every batch is whole, every acknowledged one is there."""
        problems = [
            f"chain: {each}" for each in DecisionLog(project.ops, project.var).verify().problems
        ]
        found = batches(project)
        for batch, (promised, rows) in found.items():
            if promised != rows:
                problems.append(f"half a batch is visible: {batch} has {rows} of {promised}")
        lost = [
            each[0]
            for each in acked.get("batch", [])
            if isinstance(each, list) and found.get(each[0]) != (each[1], each[1])
        ]
        return problems + [f"an acknowledged batch is lost: {batch}" for batch in lost]

    def state(self, project: Project) -> object:
        """The last hash of the chain stands for every row of the log."""
        with project.ops.connect() as connection:
            last = select(DECISIONS.c.hash).order_by(DECISIONS.c.sequence.desc()).limit(1)
            return {"last": connection.scalar(last), "batches": sorted(batches(project).items())}


def batches(project: Project) -> dict[str, tuple[int, int]]:
    """By batch: how many decisions it says it made, and how many there are."""
    rows = func.count(DECISIONS.c.id)
    query = (
        select(BATCHES.c.batch, BATCHES.c.treated + BATCHES.c.holdout, rows)
        .outerjoin(DECISIONS, DECISIONS.c.batch == BATCHES.c.batch)
        .group_by(BATCHES.c.batch)
    )
    with project.ops.connect() as connection:
        return {
            str(batch): (int(said), int(there)) for batch, said, there in connection.execute(query)
        }
