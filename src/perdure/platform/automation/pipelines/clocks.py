"""Whether the clock can be right: it tells when a decision was made, and what can be known by now.

A decision that is dated years back counts as no contact of late, and its outcome counts as known
at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from perdure.kernel.errors import UsageError
from perdure.platform.automation.pipelines.work import Work
from perdure.platform.decisions.records import BATCHES
from perdure.platform.registry.records import MODEL_VERSIONS
from perdure.platform.storage.intake import AHEAD

SLACK = timedelta(days=1)
"""So far two machines, or one before and after its clock was set, may disagree."""

_HINT = "set the machine's clock, or 'clock' in conf/base/project.yaml"


def refuse_wrong_clock(work: Work, at: datetime) -> None:
    """Raise UsageError when the clock stands before what was done, or far before ``at``.

    What was done are the case's decisions and models. Rows are taken in up to a year ahead of the
    clock, so a moment that lies further ahead than that cannot be one of the data.
    """
    now = work.project.clock.now()
    if at > now + AHEAD:
        raise UsageError(
            f"the moment {at:%Y-%m-%d} lies more than a year after today, {now:%Y-%m-%d}",
            where=work.model_name,
            hint=_HINT,
        )
    seen = _newest(work)
    if seen is not None and now < seen - SLACK:
        raise UsageError(
            f"today is {now:%Y-%m-%d}, but decisions or models of {seen:%Y-%m-%d} are here",
            where=work.model_name,
            hint=_HINT,
        )


def _newest(work: Work) -> datetime | None:
    """When the case's newest decision or model was made."""
    solution, made, kept = work.solution.name, BATCHES.c, MODEL_VERSIONS.c
    asked = (
        select(func.max(made.decided_at)).where(made.solution == solution, made.case == work.case),
        select(func.max(kept.created_at)).where(kept.name == work.model_name),
    )
    with work.project.ops.connect() as connection:
        found = [connection.execute(query).scalar() for query in asked]
    return max((moment for moment in found if moment is not None), default=None)
