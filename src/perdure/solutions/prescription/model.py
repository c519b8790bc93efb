"""Trains and loads the engine: the ranker must earn its place on later visits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from perdure.methods.recommend.membership import Ints
from perdure.methods.recommend.ranker import Ranker, RankerSettings
from perdure.platform.registry.bundle import ModelBundle
from perdure.platform.training.classifier import EXPECTED
from perdure.platform.training.context import Candidate, TrainingContext
from perdure.solutions.prescription.engine import files
from perdure.solutions.prescription.engine.batches import as_written
from perdure.solutions.prescription.engine.fields import SERVED
from perdure.solutions.prescription.engine.files import Engine
from perdure.solutions.prescription.engine.parts import Fewest, Parts, fit_parts
from perdure.solutions.prescription.engine.stack import (
    StackSettings,
    drawn,
    enough,
    fit_stack,
    molecule_first,
)
from perdure.solutions.prescription.engine.tuning import tuned_habit, tuned_pool, with_habit
from perdure.solutions.prescription.predictor import INPUT, SuggestionPredictor, smoke_rows
from perdure.solutions.prescription.settings import ModelSettings, PrescriptionSettings
from perdure.solutions.prescription.training.card import card
from perdure.solutions.prescription.training.evidence import Judged, evidence, judge_field
from perdure.solutions.prescription.training.material import Material, read_material
from perdure.solutions.prescription.training.profiles import profiles


def train(context: TrainingContext) -> Candidate:
    """Learn on the earlier visits, measure on the latest, then count all of them for service."""
    settings: PrescriptionSettings = context.settings
    case = settings.cases.get(context.case)
    found = read_material(
        context.training_set,  # type: ignore[arg-type]
        case.specialties if case else (), settings.model.free_terms,
    )  # fmt: skip
    engine, judged, test = _fitted(context, found, settings.model)
    measured = evidence(context.case, judged, context.seed)
    made = files.to_files(engine)
    return Candidate(
        files=made,
        evidence=measured,
        profiles=profiles(found, judged, test),
        signature={"inputs": [INPUT], "output": "probabilities of the pills of every field"},
        card=card(context, found, measured),
        smoke=_smoke(made, found),
        report={"split": _split(found), "visits": found.notes},
    )  # fmt: skip


def _split(found: Material) -> str:
    parts = (len(found.early), len(found.middle), len(found.late))
    return "counted on {:,} visits, ranked on {:,} later ones, measured on the latest {:,}".format(
        *parts
    )


def load(bundle: ModelBundle) -> SuggestionPredictor:
    """The engine of a stored version, as a predictor."""
    return SuggestionPredictor(files.from_files(bundle.files()))


def _fitted(
    context: TrainingContext, found: Material, chosen: ModelSettings
) -> tuple[Engine, dict[str, Judged], Ints]:
    step, seed = context.progress.step, context.seed
    parts = _until(found, found.early, chosen)
    some = drawn(found.middle, chosen.tune_visits, seed)
    rankers, pools = {}, {}
    for name in molecule_first(SERVED):
        step(f"{context.case}: {name}")
        asked = as_written(found.visits, some, name)
        if name != "brand":
            parts = with_habit(parts, name, tuned_habit(parts, found.visits, asked, name))
        pools[name] = tuned_pool(parts, found.visits, asked, name)
        visits = enough(found.terms.width(name) - chosen.free_terms, chosen.rank_visits)
        stack = StackSettings(visits, seed, _trees(chosen, seed))
        rankers[name] = fit_stack(parts, found.visits, found.middle, name, stack)
    later = _again(found, np.concatenate([found.early, found.middle]), chosen, parts)
    test = drawn(found.late, chosen.test_visits, seed)
    judged, before = {}, _champion(context)
    for name in SERVED:
        step(f"{context.case}: measuring {name}")
        judged[name] = judge_field(
            later, rankers[name], pools[name], found.visits, test, name, before.get(name)
        )
    step(f"{context.case}: counting all visits")
    everything = _again(found, np.arange(len(found.visits)), chosen, parts)
    return Engine(everything, rankers), judged, test


def _champion(context: TrainingContext) -> Mapping[str, Ranker]:
    """The rankers of the model in service."""
    made = context.champion.predictor if context.champion else None
    return made.engine.rankers if isinstance(made, SuggestionPredictor) else {}


def _until(found: Material, rows: Ints, chosen: ModelSettings) -> Parts:
    few = Fewest(regressor=chosen.fewest_regressor, item=chosen.fewest_item)
    return fit_parts(
        found.visits.take(rows), found.terms, found.months(int(rows[-1])), fields=SERVED,
        fewest=few, half_life=chosen.half_life_months,
    )  # fmt: skip


def _again(found: Material, rows: Ints, chosen: ModelSettings, tuned: Parts) -> Parts:
    parts = _until(found, rows, chosen)
    parts.habit.update(tuned.habit)
    return parts


def _trees(chosen: ModelSettings, seed: int) -> RankerSettings:
    return RankerSettings(rounds=chosen.trees, leaves=chosen.leaves, seed=seed)


def _smoke(made: dict[str, bytes], found: Material) -> pa.Table:
    """A few written prescriptions with the answers of the very bytes that are stored."""
    rows = smoke_rows(found)
    answers = SuggestionPredictor(files.from_files(made)).predict(rows)
    return rows.append_column(EXPECTED, pa.array(answers.tolist()))
