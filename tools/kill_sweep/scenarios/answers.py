"""Many people answer decisions at the same time."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import select

from perdure.kernel.decisions import Feedback
from perdure.platform.decisions.decide import decide
from perdure.platform.decisions.log import DecisionLog
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.feedback.collect import record, record_many
from perdure.platform.feedback.records import FEEDBACK
from perdure.platform.storage.project import Project
from perdure.platform.storage.writer import GroupCommitWriter
from tools.kill_sweep.scenario import Acks

PEOPLE, THREADS, TOGETHER = 320, 6, 40
AT = datetime(2025, 6, 1)


class Answers:
    """Each answer is acknowledged when ``record`` returns, some of them all together."""

    name, weight = "feedback", 5

    def prepare(self, project: Project) -> None:
        """Decisions to answer."""
        people = [f"p{person:04}" for person in range(PEOPLE)]
        proposals = pl.DataFrame({"entity": people, "action": "visit", "score": 0.5})
        policy = DecisionPolicy(holdout_share=0.0)
        model = "sweep/default@1"
        decide(project, "sweep", "default", proposals, policy, model=model, data_as_of=AT, at=AT)

    def work(self, project: Project, acks: Acks) -> None:
        """Answer each decision; the first ones in one go, the others from many threads."""
        answers = [_answer(name) for name in decided(project)]
        record_many(project, answers[:TOGETHER])
        acks.add("together", TOGETHER)
        with GroupCommitWriter(project.ops) as writer:

            def send(mine: list[Feedback]) -> None:
                for answer in mine:
                    record(project, answer, writer=writer)
                    acks.add("answer", answer.key)

            rest = answers[TOGETHER:]
            threads = [
                threading.Thread(target=send, args=(rest[start::THREADS],))
                for start in range(THREADS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """The acknowledged answers are there, those sent together all or none; chain whole."""
        problems = list(DecisionLog(project.ops, project.var).verify().problems)
        kept = answered(project)
        lost = sorted(set(map(str, acked.get("answer", []))) - set(kept))
        if lost:
            problems.append(f"{len(lost)} acknowledged answers are lost, e.g. {lost[0]}")
        together = [_answer(name).key for name in decided(project)[:TOGETHER]]
        there = sum(key in kept for key in together)
        if there not in (0, TOGETHER) or (acked.get("together") and not there):
            problems.append(f"{there} of {TOGETHER} answers that belong together are there")
        if len(set(kept)) != len(kept):
            problems.append("an answer is there twice")
        return problems

    def state(self, project: Project) -> object:
        """All answers."""
        return sorted(answered(project))


def decided(project: Project) -> list[str]:
    """The decisions, in the order of the log."""
    with project.ops.connect() as connection:
        return list(connection.scalars(select(DECISIONS.c.id).order_by(DECISIONS.c.sequence)))


def answered(project: Project) -> list[str]:
    """The keys of all kept answers."""
    with project.ops.connect() as connection:
        return list(connection.scalars(select(FEEDBACK.c.key)))


def _answer(decision: str) -> Feedback:
    at = AT + timedelta(days=1)
    return Feedback(decision, "executed", "rep", at, key=f"sweep:{decision}")
