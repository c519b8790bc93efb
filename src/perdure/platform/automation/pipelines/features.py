"""The feature pipeline: tables become features of everyone at a moment, offline and online."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from perdure.platform.automation.ledger import Ledger, RunHandle
from perdure.platform.automation.pipelines.work import Work
from perdure.platform.features.materialise import Materialised, materialise, publish

NO_VIEWS = "no feature views: it learns straight from its tables"


def run_features(work: Work, at: datetime) -> dict[str, Any]:
    """Make the features of the whole population at ``at``, once per state of the tables.

    Gives the feature table, its version, the number of entities, and whether it was there. A
    solution without feature views says so; what its service kept is brought into its tables.
    """
    if not work.solution.features:
        rows = _collected(work)
        told = f"{rows:,} new rows of what was served; " if rows else ""
        return {"tables": {}, "entities": 0, "reused": False, "summary": f"{told}{NO_VIEWS}"}
    versions = work.versions()
    key = work.key("features", at.isoformat(), versions)
    inputs = {"tables": versions, "as_of": at.isoformat()}
    with Ledger(work.project).run(work.pipeline("features"), key, inputs) as run:
        again = run.finished
        if not again:
            _make(work, at, run, key)
    return {**run.outputs, "reused": again}


def _collected(work: Work) -> int:
    if not work.solution.collect:
        return 0
    rows: int = work.solution.code("collect")(work.project, work.settings, work.case)
    return rows


def _make(work: Work, at: datetime, run: RunHandle, key: str) -> None:
    work.progress.step(f"{work.case}: features of everyone at {at:%Y-%m-%d}")
    made = materialise(
        work.project, work.solution.name, work.case, work.feature_set, work.contracts, at
    )
    # The same values, where one entity is looked up in microseconds.
    online = run.step("online", key, lambda: {"entities": _publish(work, made)})
    run.finish(
        {
            "tables": {made.table: made.version},
            "entities": made.rows,
            "online": online["entities"],
            "summary": f"{made.rows:,} entities, {len(work.feature_set.feature_names())} features",
        }
    )


def _publish(work: Work, made: Materialised) -> int:
    return publish(work.project, work.solution.name, work.case, made)
