"""Shadow mode: what a challenger would do beside what the champion proposes, deciding nothing.

A policy that the gate refused stays a challenger. While it waits it is asked about the same
entities at the same moment, and what it would do is kept in ``shadow.<solution>.<case>``. Nothing
here reaches the decision point.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl
import pyarrow as pa

from perdure.kernel.errors import PerdureError
from perdure.kernel.names import slug
from perdure.platform.automation.ledger import Ledger, RunHandle
from perdure.platform.automation.pipelines.inference import Predictions
from perdure.platform.automation.pipelines.work import Work
from perdure.platform.decisions.allowed import with_open_channels
from perdure.platform.decisions.proposals import proposal_table
from perdure.platform.features.materialise import PARTITION
from perdure.platform.inference.population import score_rows
from perdure.platform.inference.predictor import OpenModel, open_model
from perdure.platform.registry.registry import ModelVersion, Registry
from perdure.platform.training.context import Weighing


def shadow_table(solution: str, case: str) -> str:
    """The name of the table that holds what challengers of a case would have done.

    >>> shadow_table("donor", "North East")
    'shadow.donor.north-east'
    """
    return f"shadow.{solution}.{slug(case)}"


def run_shadow(work: Work, scored: Predictions, at: datetime) -> dict[str, Any]:
    """What the waiting challenger would do for whom the champion was asked about at ``at``.

    Gives ``model``, ``rows``, ``agree`` (the share with the same action), the table and a
    ``summary``; nothing where no policy waits. One that cannot answer says so and stops nothing.
    """
    waiting = waiting_challenger(work) if work.solution.kind == "policy" else None
    if waiting is None:
        return {}
    try:
        made = open_model(work.project, work.solution, waiting.reference)
        if not isinstance(made.predictor, Weighing):
            return {}
        return _asked_once(work, scored, at, made)
    except PerdureError as error:
        return {"model": waiting.reference,
                "summary": f"in shadow, {waiting.reference} gives no answer: {error}"}  # fmt: skip


def waiting_challenger(work: Work) -> ModelVersion | None:
    """The newest version, where it is newer than the champion and not in service."""
    versions = Registry(work.project).versions(work.model_name)
    newest = versions[0] if versions else None
    return newest if newest and newest.state == "challenger" else None


def _asked_once(work: Work, scored: Predictions, at: datetime, made: OpenModel) -> dict[str, Any]:
    policy = work.settings.decision.policy(work.solution.name, work.case)
    key = work.key("shadow", at.isoformat(), scored.model, made.version.digest, policy.digest())
    inputs = {
        "tables": {scored.table: scored.version},
        "models": {work.model_name: made.reference},
    }
    with Ledger(work.project).run(work.pipeline("shadow"), key, inputs) as run:
        if not run.finished:
            work.progress.step(f"{work.case}: asking {made.reference} in shadow")
            _ask(work, scored, at, made, run, key)
    return dict(run.outputs)


def _ask(
    work: Work, scored: Predictions, at: datetime, made: OpenModel, run: RunHandle, key: str
) -> None:
    source = work.project.lake.note_of(scored.table, scored.version)["inputs"]
    (features,) = (v for name, v in source.items() if name.startswith("features."))
    theirs = score_rows(
        work.project, work.solution, work.case, at, made.reference, run.id,
        features_version=features,
    )  # fmt: skip
    champion, challenger = _proposed(work, scored.rows), _proposed(work, theirs)
    beside = _beside(scored.rows, champion, challenger)
    table = shadow_table(work.solution.name, work.case)
    day = f"{at:%Y-%m-%d}"
    version = work.project.lake.replace_partition(
        table,
        beside.with_columns(
            champion=pl.lit(scored.model), challenger=pl.lit(made.reference),
            **{PARTITION: pl.lit(day)},
        ).to_arrow(),
        partition={PARTITION: day},
        key=key,
        note={"champion": scored.model, "challenger": made.reference, PARTITION: day},
    )  # fmt: skip
    same = int((beside["action_champion"] == beside["action_challenger"]).sum())
    share = same / max(beside.height, 1)
    run.finish({
        "model": made.reference, "rows": beside.height, "agree": share,
        "tables": {table: version},
        "actions": dict(beside["action_challenger"].value_counts(sort=True).iter_rows()),
        "summary": f"in shadow, {made.reference} would do the same for {share:.1%} "
        f"of {beside.height:,}",
    })  # fmt: skip


def _proposed(work: Work, predictions: pa.Table) -> pl.DataFrame:
    """What the solution proposes for each entity: action and score, before any shared limit.

    Restrictions and consents close channels for both alike. The cap, the gap and capacities are
    left out: they depend on what the champion has just been allowed to do.
    """
    solution, case = work.solution, work.case
    policy = replace(
        work.settings.decision.policy(solution.name, case), contact_cap=None, minimum_gap_days=0
    )
    if solution.channels:
        predictions = with_open_channels(
            work.project, solution.name, case, pl.DataFrame(predictions), policy,
            solution.channels, work.project.clock.now(),
        ).to_arrow()  # fmt: skip
    proposals = solution.code("propose")(work.settings, case, predictions)
    made = proposal_table(proposals, policy, work.project.clock.now())
    best = made.sort("score", "action", descending=[True, False])
    return best.unique("entity", keep="first").select("entity", "action", "score")


def _beside(rows: pa.Table, champion: pl.DataFrame, challenger: pl.DataFrame) -> pl.DataFrame:
    """One row an entity that either would act upon or was asked about; "" is no proposal."""
    asked = pl.DataFrame(rows.select(["entity", "at"]))
    both = asked.join(champion, on="entity", how="left").join(
        challenger, on="entity", how="left", suffix="_challenger"
    )
    return both.select(
        "entity", "at", action_champion=pl.col("action").fill_null(""),
        action_challenger=pl.col("action_challenger").fill_null(""),
        worth=pl.col("score_challenger"),
    )  # fmt: skip
