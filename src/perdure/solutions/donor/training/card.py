"""The model card: what the platform asks for, said about a contact policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perdure.kernel.evidence import Measured, find
from perdure.platform.training.card import make_card, sentences, unknown_yet
from perdure.platform.training.context import TrainingContext
from perdure.platform.training.describe import number
from perdure.platform.training.evidence import SERVED, difference
from perdure.solutions.donor.training.evidence import BASELINES, METRIC
from perdure.solutions.donor.training.material import Material
from perdure.solutions.donor.training.response import Believed

_LATER = "Not known yet: outcomes are joined when they mature"
_NONE = "None: no other organisation has tested this version"


def card(
    context: TrainingContext,
    found: Material,
    base: Believed,
    caution: str,
    measured: Sequence[Measured],
) -> dict[str, Any]:
    """All 31 attributes; those of use in practice say that they come later."""
    use = context.solution.use
    people = {} if use is None else {
        "developer": use.developer, "funding": use.funding, "intended_use": use.intended_use,
        "population": use.population, "users": use.users, "decision_role": use.decision_role,
        "cautions": sentences(use.cautions), "limitations": sentences(use.limitations),
        "sensitive_features": use.sensitive_features, "fairness_approach": use.fairness_approach,
    }  # fmt: skip
    texts = people | _made(found, base) | _measured(context.case, measured) | _upkeep()
    facts = {
        "effects of contacts": base.effects,
        "caution": caution,
        "months ahead": str(base.world.months),
        **{name: f"{count:,}" for name, count in found.notes.items()},
        "made from": ", ".join(f"{t} version {v}" for t, v in context.training_set.inputs.items()),
    }
    return make_card(f"{context.solution.title}, {context.case}", texts, facts)


def _made(found: Material, base: Believed) -> dict[str, str]:
    return {
        "value": "For each donor the contact, or none, that is worth most over the months ahead",
        "output": "The worth of each action in donations (simulated), and the chance of a "
        "donation within a month",
        "inclusion": "Donors with a past donation, at index dates whose outcome is known",
        "representative": f"{found.notes['donors']:,} donors of the deploying service",
        "relevance": f"Return learned from the service's own donations; effects: {base.effects}",
        "bias": "The policy must beat never contacting on average, and lose to it in no world that "
        "it is shown in; deferral, consent and country rules hold at the one decision point",
    }


def _measured(case: str, evidence: Sequence[Measured]) -> dict[str, str]:
    own = find(evidence, case, SERVED, METRIC)
    apart = [(name, find(evidence, case, difference(name), METRIC)) for name in BASELINES]
    over = [f"over {name} {number(row)}" for name, row in apart if row]
    return {
        "validity": sentences([
            f"Simulated return a donor {number(own) if own else 'not measured'}", *over,
            "Played with donors and in worlds that the policy was not chosen on",
        ]),
        "fairness": "The simulated return is not split by sex or country; calibration of the "
        "chance to return is, in the monitors",
        **unknown_yet(_NONE, _LATER),
    }  # fmt: skip


def _upkeep() -> dict[str, str]:
    return {
        "validity_monitoring": "Calibration and drift of the chance to return; donations of the "
        "contacted beside those of the permanent hold-out; opt-outs",
        "fairness_monitoring": "Calibration of the chance to return by sex and country",
        "updates": "Planned anew every month: contacts drawn by lot move the believed effects",
        "corrections": "Any version can be rolled back; every prior can be changed with its source",
    }
