"""The platform's trainer of yes/no models: one trainer among others that a solution may name.

Every learner answers for rows that it never saw, the best one is chosen on selection folds, its
probabilities are calibrated on the same folds, and everything is measured on rows that had no
part in either. Simple rules (baselines) are measured beside it, always.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perdure.kernel.evidence import Measured
from perdure.platform.training.contest import Baseline, Contest, Entrants, hold_contest
from perdure.platform.training.context import Candidate, TrainingContext
from perdure.platform.training.describe import describe
from perdure.platform.training.evidence import SERVED, measure
from perdure.platform.training.held_out import held_out_regions
from perdure.platform.training.plan import label_column
from perdure.platform.training.reference import reference_profiles
from perdure.platform.training.rows import LabelledRows, labelled_rows
from perdure.platform.training.settings import TrainingSettings
from perdure.platform.training.tables import calibration, drivers, effects, gains, history, slices
from perdure.platform.training.tabular import TabularPredictor
from perdure.platform.training.trials import Answers, CalibratorFactory, Competitor, fit_one
from perdure.platform.training.tripwires import tripwire_rows

EXPECTED = "_expected"


def train_classifier(
    context: TrainingContext,
    *,
    learners: Mapping[str, Competitor],
    baselines: Mapping[str, Baseline],
    calibrator: CalibratorFactory,
    settings: TrainingSettings | None = None,
) -> Candidate:
    """A candidate with its evidence, from the training set of the context.

    ``learners`` are competing methods by name (factories, or a ``trials.Combination`` of others),
    ``baselines`` simple rules by name (see
    ``contest.Entrants``); ``settings`` default to ``context.settings.training``. The same rows
    in any order give the same candidate to the last bit. Raises NotEnoughData, LeakageError.
    """
    chosen = settings or getattr(context.settings, "training", None) or TrainingSettings()
    frame = context.training_set.frame()
    rows = labelled_rows(frame, context.feature_set.inputs(), chosen.minimum_to_train)
    contest = hold_contest(context, rows, Entrants(learners, baselines, calibrator), chosen)
    context.progress.step("fit on all rows", 0, 1)
    predictor = _final(rows, contest, learners, calibrator, context.seed)
    evidence = [
        *measure(contest.answered, chosen),
        Measured(context.case, "data", "censored", rows.censored, n=frame.num_rows),
        *tripwire_rows(context.case, rows),
        *slices(contest.answered, _slice_columns(rows, contest, chosen), chosen),
        *held_out_regions(
            context.case, rows, contest.plan, learners, contest.chosen, chosen, context.seed
        ),
    ]
    weights = effects(predictor, rows)
    report = _report(contest, weights, evidence)
    context.progress.step("fit on all rows", 1, 1)
    return Candidate(
        files=predictor.to_files(),
        evidence=evidence,
        profiles=reference_profiles(context, frame, contest, chosen, weights),
        signature=_signature(context, predictor, contest.chosen),
        card=describe(context, rows, evidence, chosen, report),
        smoke=_smoke(rows, contest, predictor, chosen.smoke_rows),
        report=report,
    )


def _final(
    rows: LabelledRows,
    contest: Contest,
    learners: Mapping[str, Competitor],
    calibrator: CalibratorFactory,
    seed: int,
) -> TabularPredictor:
    """The chosen learner on all rows, calibrated on its answers about rows it had not seen."""
    unseen = [turn.report[contest.chosen] for turn in contest.turns]
    if len(contest.turns) == 1:
        unseen.append(contest.turns[0].selection[contest.chosen])
    pooled = Answers(
        np.concatenate([part.places for part in unseen]),
        np.concatenate([part.raw for part in unseen]),
    )
    fitted = calibrator().fit(pooled.raw, rows.y[pooled.places])
    learner = fit_one(contest.chosen, learners, rows, None, seed)
    made = TabularPredictor(rows.inputs, learner, fitted)
    # What is served is what the files say, so the files are what is described from here on.
    return TabularPredictor.from_files(made.to_files(), _packages(made))


def _packages(made: TabularPredictor) -> tuple[str, ...]:
    return type(made.learner).__module__, type(made.calibrator).__module__


def _slice_columns(
    rows: LabelledRows, contest: Contest, settings: TrainingSettings
) -> dict[str, npt.NDArray[np.str_]]:
    columns = {name: label_column(rows, name, "slices") for name in settings.slices}
    columns["history"] = history(rows)
    return {name: values[contest.places] for name, values in columns.items()}


def _report(
    contest: Contest,
    weights: Mapping[str, float],
    evidence: list[Measured],
) -> dict[str, Any]:
    case = contest.answered.case
    return {
        "split": contest.plan.words,
        "chosen": contest.chosen,
        "marks": [dict(turn.marks) | {"chosen": turn.chosen} for turn in contest.turns],
        "gains": gains(contest.answered),
        "calibration": calibration(contest.answered),
        "slices": [row.as_row() for row in evidence if row.case != case],
        "drivers": drivers(weights),
        "notes": list(contest.notes),
    }


def _signature(
    context: TrainingContext, predictor: TabularPredictor, chosen: str
) -> dict[str, Any]:
    return {
        "inputs": [
            {"name": c.name, "type": "number" if c.labels is None else "label"}
            for c in predictor.columns.columns
        ],
        "output": "probability",
        "learner": chosen,
        "feature_digest": context.training_set.feature_digest,
        "label_digest": context.training_set.label_digest,
    }


def _smoke(
    rows: LabelledRows, contest: Contest, predictor: TabularPredictor, count: int
) -> pa.Table:
    """Rows from the lowest to the highest score, with the answers that must come back exactly."""
    order = contest.places[np.argsort(contest.answered.scores[SERVED], kind="stable")]
    spread = np.unique(np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int))
    table = rows.table.take(pa.array(order[spread])).select(list(predictor.inputs))
    return table.append_column(EXPECTED, pa.array(predictor.predict(table)))
