"""Which pipeline a step's name means: the one table that commands, schedules and demo use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.refs import load
from perdure.platform.automation.pipelines.clocks import refuse_wrong_clock
from perdure.platform.automation.pipelines.work import Work

_HERE = "perdure.platform.automation.pipelines"
STEPS = {
    "features": f"{_HERE}.features:run_features",
    "train": f"{_HERE}.training:run_training",
    "score": f"{_HERE}.inference:run_scoring",
    "decide": f"{_HERE}.decisions:run_decisions",
    "monitor": f"{_HERE}.monitoring:run_monitoring",
}


def run_step(work: Work, step: str, at: datetime, **options: Any) -> dict[str, Any]:
    """Run one step of a case as of ``at``; gives its outputs and ``reused``.

    ``options``: ``promote`` (train) says whether a candidate that passes the gate goes into
    service. Raises UsageError when the clock stands before what was done already.
    """
    if step not in STEPS:
        raise UsageError(f"no step named {step!r}", hint=did_you_mean(step, STEPS))
    refuse_wrong_clock(work, at)
    pipeline: Callable[..., dict[str, Any]] = load(STEPS[step])
    return pipeline(work, at, **options)
