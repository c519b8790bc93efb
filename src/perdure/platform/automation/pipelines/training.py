"""The training pipeline: a training set becomes a candidate, is judged, and may go into service.

Training, judging and promoting are steps of their own: a candidate that the gate refuses stays a
challenger with its evidence, and can be judged again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from perdure.kernel.errors import UsageError
from perdure.platform.automation.ledger import Ledger, RunHandle
from perdure.platform.automation.pipelines.work import Work, open_work
from perdure.platform.features.training_set import build_training_set
from perdure.platform.inference.predictor import champion_of
from perdure.platform.monitoring.requests import end_request, take_request, waiting_requests
from perdure.platform.registry.gate import GateReport
from perdure.platform.registry.registry import ModelVersion, Registry
from perdure.platform.registry.release import assess
from perdure.platform.storage.project import Project
from perdure.platform.training import default
from perdure.platform.training.context import Candidate, TrainingContext, TrainingTable
from perdure.platform.training.tables_training import open_tables


def run_training(work: Work, at: datetime, *, promote: bool = True) -> dict[str, Any]:
    """Train a candidate on what is known at ``at``, judge it, and promote it if it passes.

    The same settings, declarations and table versions train nothing twice.
    """
    versions, dates = work.versions(), work.index_dates(at)
    asked = [at.isoformat(), [str(d) for d in dates], versions]
    key = work.key("train", *asked, work.training_settings())
    inputs = {"tables": versions, "as_of": at.isoformat(), "index_dates": [str(d) for d in dates]}
    with Ledger(work.project).run(work.pipeline("train"), key, inputs) as run:
        again = run.finished
        if not again:
            made = run.step("train", key, lambda: _train(work, at, dates, run))
            run.finish(_settled(work, made["reference"], run, promote))
        # Also after a run that was killed right here, or that had nothing new to learn from.
        _answer_requests(work, run)
    return {**run.outputs, "reused": again}


def promote(project: Project, reference: str, *, actor: str, reason: str) -> ModelVersion:
    """Judge a registered version again, now, and put it into service if it passes.

    Raises GateRefused with every check that failed.
    """
    registry = Registry(project)
    wanted = registry.get(reference)
    solution, _, case = wanted.name.partition("/")
    work = _work_of(project, solution, case)
    report = assess(project, work.solution, wanted.reference, work.settings.gate)
    return registry.promote(wanted.reference, actor=actor, reason=reason, gate=report)


def _answer_requests(work: Work, run: RunHandle) -> None:
    """The run that an alarm asked for is this one."""
    for request in waiting_requests(work.project):
        mine = (request.solution, request.case) == (work.solution.name, work.case)
        if mine and take_request(work.project, request.id, run.id):
            end_request(work.project, request.id)


def training_table(work: Work, at: datetime, dates: list[datetime]) -> TrainingTable:
    """The labelled rows at the index dates; without a label, the tables as known at ``at``."""
    if work.target is None:
        return open_tables(work.project.lake, work.contracts, work.versions(), at)
    work.progress.step(f"{work.case}: training set of {len(dates)} index dates")
    return build_training_set(
        work.project,
        work.solution.name,
        work.case,
        work.feature_set,
        work.target,
        work.contracts,
        index_dates=dates,
        as_of=at,
    )


def _train(work: Work, at: datetime, dates: list[datetime], run: RunHandle) -> dict[str, Any]:
    made = training_table(work, at, dates)
    registry = Registry(work.project)
    version = registry.register(
        candidate(work, made), work.solution, work.case, run.id, training=made
    )
    return {"reference": version.reference, "tables": {made.table: made.version}}


def candidate(work: Work, made: TrainingTable) -> Candidate:
    """What the solution's trainer makes of a training set, measured but not judged."""
    context = TrainingContext(
        project=work.project,
        solution=work.solution,
        case=work.case,
        settings=work.settings,
        feature_set=work.feature_set,
        label=work.target,
        training_set=made,
        seed=work.settings.training.seed,
        progress=work.progress,
        champion=champion_of(work.project, work.solution, work.case),
    )
    # A solution that names no trainer gets the platform's own.
    train = work.solution.code("train") if work.solution.train else default.train
    trained: Candidate = train(context)
    return trained


def _settled(work: Work, reference: str, run: RunHandle, promote: bool) -> dict[str, Any]:
    """Judge the candidate and, when asked and allowed, promote it; gives the run's outputs."""
    registry = Registry(work.project)
    version = registry.get(reference)
    work.progress.step(f"{work.case}: judging {reference}")
    report = assess(work.project, work.solution, reference, work.settings.gate)
    in_service = version.state == "champion"
    if promote and report.passed and not in_service:
        registry.promote(reference, actor=f"run:{run.id}", reason="passed the gate", gate=report)
        in_service = True
    return {
        "models": {version.name: reference},
        "metrics": version.metrics,
        "gate": report.as_dict(),
        "promoted": in_service,
        "summary": _summary(version, report, work.solution.primary_metric, in_service),
    }


def _summary(version: ModelVersion, report: GateReport, primary: str, in_service: bool) -> str:
    shown = dict.fromkeys(("auc", "ap", primary))
    measures = ", ".join(
        f"{name} {version.metrics[name]:.3f}" for name in shown if name in version.metrics
    )
    state = "champion" if in_service else "challenger"
    return f"{version.reference} {measures}: {state}" + (
        "" if report.passed else f" ({report.refusal()})"
    )


def _work_of(project: Project, solution: str, case: str) -> Work:
    """The work whose models carry that slug."""
    from perdure.kernel.discovery import solution as named
    from perdure.kernel.names import slug

    for name in project.cases(named(solution)):
        if slug(name) == case:
            return open_work(project, solution, name)
    raise UsageError(f"the settings of {solution} name no case for models of '{case}'")
