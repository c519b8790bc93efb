"""A rehearsal: a sample world walks the whole life cycle once, and its truth is told beside it.

Two moments are played. At the first one a model is made and decides; then people answer, the
world responds to what they did, and time moves on until the outcomes are known. At the second
one outcomes are joined, monitors run, a challenger is trained, and today's decisions are made.

A solution with a rehearsal of its own plays that; one that answers online and brings none is
trained and asked once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from perdure.kernel.clock import FixedClock, same_day_or_month_end
from perdure.kernel.decisions import DISMISS_REASONS, Feedback, FeedbackKind
from perdure.kernel.errors import UsageError
from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.solution import Solution
from perdure.kernel.world import World
from perdure.platform.automation.ledger import Ledger
from perdure.platform.automation.pipelines.inference import predictions_at
from perdure.platform.automation.pipelines.steps import run_step
from perdure.platform.automation.pipelines.work import Work, open_work
from perdure.platform.automation.workers import prepare_workers, worker_pool
from perdure.platform.decisions.arms import units
from perdure.platform.decisions.lookup import open_actions
from perdure.platform.features.labels import compute_labels
from perdure.platform.feedback.collect import record_many
from perdure.platform.feedback.effects import effects
from perdure.platform.registry.registry import Registry
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from perdure.platform.training.metrics import auc

EXECUTED, DISMISSED = 0.65, 0.2
"""Shares of the actions that the rehearsal's people carry out and dismiss; the rest expires."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the rehearsal did: which part, what came out, in how many seconds of it."""

    part: str
    text: str


def rehearse(
    project: Project,
    solution: Solution,
    world: World,
    *,
    progress: Progress = SILENT,
) -> Iterator[Line]:
    """Play the world through the life cycle, once; a second call tells what the first one did.

    The project's clock must be a :class:`FixedClock`: it is moved to the two moments.
    """
    clock = project.clock
    if not isinstance(clock, FixedClock):
        raise UsageError("a rehearsal needs a project whose clock can be set")
    key = f"{type(world).__name__}:{world.horizon.isoformat()}:{getattr(world, 'size', '')}"
    with Ledger(project).run(f"{solution.name}/rehearsal", key, {"world": key}) as run:
        if run.finished:
            yield from (Line(part, text) for part, text in run.outputs["lines"])
            return
        told = []
        for line in _played(project, solution, world, clock, progress):
            told.append([line.part, line.text])
            yield line
        run.finish({"lines": told})


def _played(
    project: Project, solution: Solution, world: World, clock: FixedClock, progress: Progress
) -> Iterator[Line]:
    if solution.rehearse:
        played: Iterator[Line] = solution.code("rehearse")(project, solution, world, progress)
        return played
    if not solution.label:
        return _asked_once(project, solution, world, clock, progress)
    return _Rehearsal(project, solution, world, clock, progress).play()


def _asked_once(
    project: Project, solution: Solution, world: World, clock: FixedClock, progress: Progress
) -> Iterator[Line]:
    """The life cycle of a solution that learns from its tables and answers when it is asked."""
    clock.at = world.horizon
    yield Line("data", bring(project, solution, world.tables(world.horizon), progress))
    for case in world.cases:
        work = open_work(project, solution.name, case, progress)
        yield _step(work, "train", world.horizon)
        decided = ("decide",) if solution.propose else ()
        yield from _served(work, world.horizon, ("score", *decided, "monitor"))


def bring(
    project: Project,
    solution: Solution,
    tables: Mapping[str, pa.Table],
    progress: Progress = SILENT,
) -> str:
    """Take sample tables into the lake; gives how many tables and new rows, in words."""
    contracts, rows = project.contracts(solution), 0
    for name, table in tables.items():
        progress.step(f"table {name}", 0, len(tables))
        report = ingest(project, contracts[name], table, source="sample", progress=progress)
        rows += report.stored
    return f"{len(tables)} tables, {rows:,} new rows"


@dataclass(frozen=True)
class _Rehearsal:
    project: Project
    solution: Solution
    world: World
    clock: FixedClock
    progress: Progress

    def play(self) -> Iterator[Line]:
        # The libraries of the workers are loaded while the tables are brought in.
        prepare_workers()
        first, second = self._moments()
        yield Line("data", self._bring(self.world.tables(first)))
        with worker_pool(min(os.cpu_count() or 1, len(self.world.cases))) as pool:
            yield from self._acts(pool, first, second)

    def _acts(self, pool: ProcessPoolExecutor, first: datetime, second: datetime) -> Iterator[Line]:
        self.clock.at = first
        yield from self._each(pool, score_act, first, {})
        treated = {work.case: self._answer(work, first) for work in self._works()}
        self.clock.at = second
        done, days = sum(map(len, treated.values())), (second - first).days
        yield Line("world", f"{done:,} suggestions carried out; {days} days pass")
        yield Line("data", self._bring(self.world.respond(treated, first, second)))
        truth = {case: self.world.best_possible(case, first) for case in self.world.cases}
        yield from self._each(pool, learn_act, second, {"first": first, "truth": truth})

    def _each(
        self, pool: ProcessPoolExecutor, act: Act, at: datetime, more: dict[str, Any]
    ) -> Iterator[Line]:
        """Play an act for every case, side by side where there are cores, then decide.

        Lines come in case order, and so do decisions: the cases share the limits on contacts, and
        whoever decides first takes them.
        """
        self.progress.step(f"{', '.join(self.world.cases)}: life cycle as of {at:%Y-%m-%d}")
        asked = [(self.project.root, self.solution.name, case, at) for case in self.world.cases]
        begun = [pool.submit(act, *one, **more) for one in asked]
        for one, lines in zip(asked, begun, strict=True):
            yield from lines.result()
            # The process that has scored the case is free; other cases go on meanwhile.
            yield from pool.submit(last_act, *one).result()

    def _moments(self) -> tuple[datetime, datetime]:
        works = self._works()
        span = max(work.label.span_months() + work.settings.index.lag_months for work in works)
        return same_day_or_month_end(self.world.horizon, -span), self.world.horizon

    def _works(self) -> list[Work]:
        return [
            open_work(self.project, self.solution.name, case, self.progress)
            for case in self.world.cases
        ]

    def _bring(self, tables: Mapping[str, pa.Table]) -> str:
        return bring(self.project, self.solution, tables, self.progress)

    def _answer(self, work: Work, at: datetime) -> tuple[str, ...]:
        """People answer what they were shown; gives the entities that were acted upon."""
        actions = open_actions(self.project, self.solution.name, work.case)
        drawn = units([action.id for action in actions], "rehearsal")
        reasons = [reason for reason in DISMISS_REASONS if reason != "other"]
        told, treated = [], []
        for action, luck in zip(actions, drawn, strict=True):
            if luck < EXECUTED:
                told.append(_feedback(action.id, "executed", at))
                treated.append(action.entity)
            elif luck < EXECUTED + DISMISSED:
                reason = reasons[int(luck * 1e6) % len(reasons)]
                told.append(_feedback(action.id, "dismissed", at, reason))
        record_many(self.project, told)
        return tuple(treated)


Act = Callable[..., list[Line]]
Truth = tuple[tuple[str, ...], tuple[float, ...]]


def score_act(root: Path, solution: str, case: str, at: datetime) -> list[Line]:
    """The first moment of one case: features, a model through the gate, scores."""
    work = open_work(Project(root, FixedClock(at)), solution, case)
    lines = [_step(work, "features", at), _step(work, "train", at)]
    return lines + _served(work, at, ("score",))


def learn_act(
    root: Path,
    solution: str,
    case: str,
    at: datetime,
    *,
    first: datetime,
    truth: Mapping[str, Truth],
) -> list[Line]:
    """The second moment of one case: what came true, what drifted, a challenger, new scores."""
    work = open_work(Project(root, FixedClock(at)), solution, case)
    lines = [_step(work, "features", at)]
    if Registry(work.project).champion(work.model_name):
        lines = [_compared(work, first, at, truth[case]), *lines, _step(work, "monitor", at)]
        found = effects(work.project, solution, case, contract=work.label.digest())
        if found.lift is not None:
            lines.append(Line("hold-out", f"{case}: {found.lift.verdict}"))
    lines.append(_step(work, "train", at))
    return lines + _served(work, at, ("score",))


def last_act(root: Path, solution: str, case: str, at: datetime) -> list[Line]:
    """What comes last at either moment of one case, after the case before it: the decisions."""
    work = open_work(Project(root, FixedClock(at)), solution, case)
    served = Registry(work.project).champion(work.model_name) is not None
    return [_step(work, "decide", at)] if served else []


def _served(work: Work, at: datetime, steps: tuple[str, ...]) -> list[Line]:
    """The steps that need a champion; none when the gate has let nothing pass yet."""
    if Registry(work.project).champion(work.model_name) is None:
        return [
            Line("held back", f"{work.case}: no model has passed the gate, so nothing is decided")
        ]
    return [_step(work, step, at) for step in steps]


def _step(work: Work, step: str, at: datetime) -> Line:
    return Line(step, f"{work.case}: {run_step(work, step, at)['summary']}")


def _compared(work: Work, at: datetime, until: datetime, truth: Truth) -> Line:
    """The model's ranking and the best possible one, against what really happened."""
    labels = compute_labels(work.project, work.label, work.contracts, [at], until)
    known = pl.DataFrame(labels).filter(pl.col("label").is_not_null())
    scored = pl.DataFrame(predictions_at(work, at).rows).select("entity", "raw")
    best = pl.DataFrame({"entity": list(truth[0]), "best": list(truth[1])})
    both = known.join(scored, on="entity").join(best, on="entity")
    happened = both["label"].cast(pl.Float64).to_numpy()
    model, possible = (auc(happened, both[name].to_numpy()) for name in ("raw", "best"))
    text = (
        f"{work.case}: AUC {model:.3f} on the months after (best possible {possible:.3f}), "
        f"{int(happened.sum()):,} of {both.height:,} became writers"
    )
    return Line("truth", text)


def _feedback(
    decision: str, kind: FeedbackKind, at: datetime, reason: str | None = None
) -> Feedback:
    return Feedback(
        decision=decision,
        kind=kind,
        actor="rehearsal",
        at=at,
        key=f"rehearsal:{decision}",
        reason=reason,
    )
