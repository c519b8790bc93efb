"""The decision pipeline: predictions become decisions, under limits, with a hold-out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pyarrow as pa

from perdure.platform.automation.ledger import Ledger
from perdure.platform.automation.pipelines.inference import predictions_at, run_online
from perdure.platform.automation.pipelines.shadow import run_shadow
from perdure.platform.automation.pipelines.work import Work
from perdure.platform.decisions.allowed import with_open_channels
from perdure.platform.decisions.batches import DecisionReport
from perdure.platform.decisions.decide import decide
from perdure.platform.feedback.collect import expire


def run_decisions(work: Work, at: datetime) -> dict[str, Any]:
    """Decide upon the newest predictions as of ``at``; the same question again adds nothing.

    Actions whose time is over are marked as expired first, also when nothing new is decided. A
    solution that answers online decides nothing ahead. A challenger that waits is asked beside,
    in shadow, whether it would do the same.
    """
    if not work.solution.propose:
        return run_online(work, at, "decide")
    expired = expire(work.project, work.solution.name, work.case)
    scored = predictions_at(work, at)
    policy = work.settings.decision.policy(work.solution.name, work.case)
    key = work.key("decide", at.isoformat(), scored.model, policy.digest())
    inputs = {"tables": {scored.table: scored.version}, "models": {work.model_name: scored.model}}
    with Ledger(work.project).run(work.pipeline("decide"), key, inputs) as run:
        again = run.finished
        if not again:
            work.progress.step(f"{work.case}: deciding upon {scored.rows.num_rows:,}")
            report = propose_and_decide(work, scored.rows, at, scored.model, run.id)
            run.finish(_outputs(report, expired))
    made = {**run.outputs, "expired": expired, "reused": again}
    if shadow := run_shadow(work, scored, at):
        summary = f"{made['summary']}; {shadow['summary']}"
        made |= {"shadow": shadow, "summary": summary}
    return made


def propose_and_decide(
    work: Work, predictions: pa.Table, at: datetime, model: str, run: str = ""
) -> DecisionReport:
    """What the solution proposes from the predictions, decided under its policy."""
    solution, case = work.solution, work.case
    policy = work.settings.decision.policy(solution.name, case)
    if solution.channels:
        told = with_open_channels(
            work.project, solution.name, case, pl.DataFrame(predictions), policy,
            solution.channels, work.project.clock.now(),
        )  # fmt: skip
        predictions = told.to_arrow()
    return decide(
        work.project,
        solution.name,
        case,
        solution.code("propose")(work.settings, case, predictions),
        policy,
        model=model,
        data_as_of=at,
        run=run,
    )


def _outputs(report: DecisionReport, expired: int) -> dict[str, Any]:
    blocked = sum(report.blocked.values())
    alone = f", {report.left_alone:,} left alone" if report.left_alone else ""
    return {
        "batch": report.batch,
        "proposed": report.proposed,
        "decisions": report.decisions,
        "holdout": report.holdout,
        "left_alone": report.left_alone,
        "blocked": dict(report.blocked),
        "expired": expired,
        "summary": f"{report.decisions:,} to act upon, {report.holdout:,} held out, "
        f"{blocked:,} stopped by limits{_by_which(report)}{alone}",
    }


def _by_which(report: DecisionReport) -> str:
    """The rules that stopped everyone: most often those for what stands from earlier decisions."""
    if report.decisions or report.holdout or not report.blocked:
        return ""
    return f" ({', '.join(f'{rule} {count:,}' for rule, count in report.blocked.items())})"
