"""The inference pipeline: the champion scores everyone eligible at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from perdure.kernel.errors import IntegrityError, NotEnoughData
from perdure.platform.automation.ledger import Ledger, RunHandle
from perdure.platform.automation.pipelines.features import run_features
from perdure.platform.automation.pipelines.work import Work
from perdure.platform.inference.population import predictions_table, score_population
from perdure.platform.registry.registry import ModelVersion, Registry
from perdure.platform.registry.smoke import smoke_score
from perdure.platform.storage.ordering import in_order


@dataclass(frozen=True, slots=True)
class Predictions:
    """The scores of a case at a moment, where they are kept, and by which model."""

    rows: pa.Table
    table: str
    version: int
    model: str


def run_scoring(work: Work, at: datetime) -> dict[str, Any]:
    """Score everyone eligible at ``at`` with the champion; features are made when they are not.

    The same champion on the same features scores nothing twice. A solution that answers online
    scores nobody ahead: its champion is loaded and asked about its smoke rows.
    """
    if not work.solution.features:
        return run_online(work, at, "score")
    champion = champion_version(work)
    features = run_features(work, at)["tables"]
    ((_, version),) = features.items()
    display = list(getattr(work.settings, "display", ()))
    key = work.key("score", at.isoformat(), features, champion.digest, display)
    inputs = {
        "tables": features,
        "models": {work.model_name: champion.reference},
        "as_of": at.isoformat(),
    }
    with Ledger(work.project).run(work.pipeline("score"), key, inputs) as run:
        again = run.finished
        if not again:
            _score(work, at, champion, run, version)
    return {**run.outputs, "reused": again}


def run_online(work: Work, at: datetime, step: str) -> dict[str, Any]:
    """Whether the champion of a solution that answers online loads and answers, once a champion.

    Raises NotEnoughData without a champion, IntegrityError when it does not answer.
    """
    champion = champion_version(work)
    inputs = {"models": {work.model_name: champion.reference}, "as_of": at.isoformat()}
    with Ledger(work.project).run(
        work.pipeline(step), work.key(step, "online", champion.digest), inputs
    ) as run:
        again = run.finished
        if not again:
            run.finish({"model": champion.reference, "summary": _answering(work, champion)})
    return {**run.outputs, "reused": again}


def _answering(work: Work, champion: ModelVersion) -> str:
    work.progress.step(f"{work.case}: asking {champion.reference}")
    seconds = work.settings.gate.smoke_seconds
    smoke = smoke_score(work.project.artifacts, champion.digest, work.solution, seconds)
    if not smoke.ok:
        raise IntegrityError(
            f"{champion.reference} does not answer: {smoke.words}",
            hint=f"perdure rollback {work.model_name}",
        )
    return f"answers online, nothing is done ahead: {champion.reference}, {smoke.words}"


def predictions_at(work: Work, at: datetime) -> Predictions:
    """The scores of that moment, by entity. Raises NotEnoughData when it was never scored."""
    name = predictions_table(work.solution.name, work.case)
    if not work.project.lake.exists(name):
        raise _unscored(work, at)
    version = work.project.lake.version(name)
    rows = work.project.lake.dataset(name, version).to_table(
        filter=pc.field("index_date") == f"{at:%Y-%m-%d}"
    )
    if not rows.num_rows:
        raise _unscored(work, at)
    # Files keep rows in no order, and equal scores must find the same places every time.
    return Predictions(in_order(rows, ("entity",)), name, version, rows["model"][0].as_py())


def _score(work: Work, at: datetime, champion: ModelVersion, run: RunHandle, version: int) -> None:
    work.progress.step(f"{work.case}: scoring with {champion.reference}")
    made = score_population(
        work.project,
        work.solution,
        work.case,
        at,
        champion.reference,
        run.id,
        features_version=version,
    )
    run.finish(
        {
            "tables": {made.table: made.version},
            "rows": made.rows,
            "model": made.model,
            "summary": f"{made.rows:,} scored by {made.model} as of {at:%Y-%m-%d}",
        }
    )


def champion_version(work: Work) -> ModelVersion:
    """The version in service. Raises NotEnoughData when there is none."""
    registry = Registry(work.project)
    found = registry.champion(work.model_name)
    if found is None:
        # Where versions wait, training once more would end at the same gate.
        waits = bool(registry.versions(work.model_name))
        train, look = f"run {work.solution.name} train", f"models {work.model_name}"
        raise NotEnoughData(
            f"{work.model_name} has no champion",
            hint=f"perdure {look}   (what waits for the gate)" if waits else f"perdure {train}",
        )
    return found


def _unscored(work: Work, at: datetime) -> NotEnoughData:
    return NotEnoughData(
        f"{work.model_name} was not scored as of {at:%Y-%m-%d}",
        hint=f"perdure run {work.solution.name} score --as-of {at:%Y-%m-%d}",
    )
