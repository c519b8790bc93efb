"""Trains the contact policy: what is believed, plans of different caution, one that is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from perdure.kernel.clock import add_months
from perdure.kernel.evidence import Measured
from perdure.methods.contact.actions import Bools, Floats
from perdure.methods.contact.donors import Donors
from perdure.platform.decisions.arms import units
from perdure.platform.training.classifier import EXPECTED
from perdure.platform.training.context import Candidate, TrainingContext
from perdure.platform.training.evidence import SERVED, Answered, measure
from perdure.platform.training.profiles import number_profile, profile_columns
from perdure.solutions.donor.chooser import Chooser
from perdure.solutions.donor.own_rows import read_tables
from perdure.solutions.donor.predictor import DonorPredictor, load
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.training.card import card
from perdure.solutions.donor.training.choosing import Trial, trials
from perdure.solutions.donor.training.evidence import evidence
from perdure.solutions.donor.training.material import Material, read_material
from perdure.solutions.donor.training.own_evidence import own_evidence
from perdure.solutions.donor.training.response import Believed, believed, chance_given
from perdure.solutions.donor.variants import Variants, learned

__all__ = ["load", "train"]
_HELD_OUT = "held-out donors"


def train(context: TrainingContext) -> Candidate:
    """Learn from half of the donors, show the policy on the other half, serve what all tell."""
    settings: DonorSettings = context.settings
    context.progress.step(f"{context.case}: donors, contacts and what followed")
    found = read_material(context)
    base = believed(found, settings)
    mine = _half(found)
    tried = trials(base, settings, _some(found, mine), context.seed, context.progress)
    chosen = tried[0]
    context.progress.step(f"{context.case}: playing '{chosen.caution}' with other donors")
    rows = evidence(context, base, chosen.chooser, _some(found, ~mine))
    rows += _returns(context, found)
    predictor = DonorPredictor(Chooser.from_files(chosen.chooser.to_files()))
    context.progress.step(f"{context.case}: asking the own log")
    logged, about_log = own_evidence(context, predictor)
    rows += logged
    return Candidate(
        files=chosen.chooser.to_files() | _variants(context).to_files(),
        evidence=rows,
        profiles=_profiles(found, predictor),
        signature={
            "inputs": [{"name": name, "type": "number"} for name in predictor.inputs],
            "output": "worth of each action (simulated), chance of a donation within a month",
            "feature_digest": context.training_set.feature_digest,
            "label_digest": context.training_set.label_digest,
        },
        card=card(context, found, base, chosen.caution, rows),
        smoke=_smoke(found, predictor, settings.training.smoke_rows),
        report=_report(base, tried, rows, context.case) | {"own_log": about_log},
    )


def _variants(context: TrainingContext) -> Variants:
    """What earlier contacts say of the variants; nothing where none are named."""
    settings = context.settings
    if not settings.variants or context.project is None:
        return Variants({})
    at = add_months(max(context.training_set.index_dates), settings.label.window_months)
    return learned(read_tables(context.project), settings, context.case, at)


def _half(found: Material) -> Bools:
    """Half of the donors, drawn by name: the same in every run."""
    return np.asarray(units(found.rows.entity.tolist(), _HELD_OUT) < 0.5)


def _some(found: Material, which: Bools) -> Donors:
    """Those donors at the newest index date."""
    newest = found.rows.at == found.rows.at.max()
    return found.donors.take(np.flatnonzero(which & newest))


def _returns(context: TrainingContext, found: Material) -> list[Measured]:
    """How well a return was told, at the newest date by what was believed before it.

    The chance is the one given what was done with each donor, so that contacts do not blur it.
    """
    newest = found.rows.at == found.rows.at.max()
    before = ~newest if (~newest).any() else newest
    earlier, asked = found.take(before), found.take(newest)
    chance = chance_given(believed(earlier, context.settings), asked)
    rate = np.full(len(chance), earlier.rows.y.mean())
    recency = -asked.donors.recency.astype(np.float64)
    answered = Answered(
        context.case, asked.rows.y, asked.rows.cluster,
        {SERVED: chance, "recency": recency}, {SERVED: chance, "prior": rate},
    )  # fmt: skip
    return measure(answered, context.settings.training)


def _profiles(found: Material, predictor: DonorPredictor) -> dict[str, Any]:
    table = found.rows.table.select(list(predictor.inputs))
    scores = predictor.predict(table)
    return {
        **profile_columns(table, predictor.inputs),
        "score": number_profile(pa.array(scores)).as_dict(),
    }


def _smoke(found: Material, predictor: DonorPredictor, count: int) -> pa.Table:
    table = found.rows.table.select(list(predictor.inputs))
    spread = np.unique(np.linspace(0, table.num_rows - 1, count).astype(int))
    rows = table.take(pa.array(spread))
    answers: Floats = predictor.predict(rows)
    return rows.append_column(EXPECTED, pa.array(answers))


def _report(base: Believed, tried: list[Trial], rows: list[Measured], case: str) -> dict[str, Any]:
    return {
        "split": "learned from half of the donors, played with the other half",
        "chosen": tried[0].caution,
        "effects": base.effects,
        "estimates": base.estimates,
        "cautions": [
            {"name": t.caution, "mean": t.mean, "worst": t.worst, "cvar10": t.cvar} for t in tried
        ],
        "worlds": [row.as_row() for row in rows if row.case.startswith(f"{case}, world")],
        "rules": [list(rule) for rule in tried[0].chooser.tree.rules()]
        if tried[0].chooser.tree
        else [],
    }
