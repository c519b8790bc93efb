"""The monitor pipeline: outcomes are joined, readings are taken, alarms ask for a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from perdure.platform.automation.pipelines.work import Work
from perdure.platform.feedback.collect import expire
from perdure.platform.feedback.outcomes import join_outcomes
from perdure.platform.monitoring.alarms import standing_alarms
from perdure.platform.monitoring.monitors import MonitorReport, run_monitors
from perdure.platform.monitoring.reading import Reading
from perdure.platform.monitoring.requests import request_run


def run_monitoring(work: Work, at: datetime) -> dict[str, Any]:
    """Join the outcomes that are known at ``at``, take the readings, and let alarms ask.

    Gives the readings, how many outcomes are new, how many actions expired unanswered, and the
    run that an alarm requested, if any. The same state of things is looked at once.
    """
    expired = expire(work.project, work.solution.name, work.case)
    recorded = _outcomes(work, at)
    work.progress.step(f"{work.case}: monitors")
    report = run_monitors(work.project, work.solution, work.case, at)
    return {
        "results": [_row(reading) for reading in report.readings],
        "outcomes": recorded,
        "expired": expired,
        "requested": _request(work),
        "reused": report.repeated,
        "summary": _summary(report, sum(recorded.values()), expired),
    }


def _outcomes(work: Work, at: datetime) -> dict[str, int]:
    """The outcomes that became known, by state; none where there is no label to wait for."""
    if work.target is None:
        return {}
    work.progress.step(f"{work.case}: outcomes known at {at:%Y-%m-%d}")
    return dict(
        join_outcomes(
            work.project, work.solution.name, work.case, work.target, work.contracts, as_of=at
        ).recorded
    )


def _row(reading: Reading) -> dict[str, Any]:
    return {
        "monitor": reading.monitor,
        "subject": reading.subject,
        "state": reading.severity,
        "value": reading.value,
        "text": reading.text,
    }


def _request(work: Work) -> str | None:
    """Ask for a run when an alarm stands; one stands at most, and only after a cool-down."""
    standing = standing_alarms(work.project, work.solution.name, work.case)
    if not standing:
        return None
    request = request_run(
        work.project,
        work.solution.name,
        work.case,
        asked_by="monitors",
        reason=standing[0].text,
        alarm=standing[0].id,
    )
    return request.id


def _summary(report: MonitorReport, outcomes: int, expired: int) -> str:
    counts = ", ".join(f"{count} {word}" for word, count in report.counts().items() if count)
    over = f", {expired:,} suggestions expired" if expired else ""
    return f"{counts or 'nothing to read'}; {outcomes:,} outcomes became known{over}"
