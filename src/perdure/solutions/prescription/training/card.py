"""The model card: what the platform asks for, said about suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perdure.kernel.evidence import Measured, find
from perdure.platform.training.card import make_card, sentences, unknown_yet
from perdure.platform.training.context import TrainingContext
from perdure.platform.training.describe import number
from perdure.platform.training.evidence import SERVED
from perdure.solutions.prescription.engine.fields import PILLS
from perdure.solutions.prescription.engine.fields import SERVED as FIELDS
from perdure.solutions.prescription.training.evidence import BASELINES
from perdure.solutions.prescription.training.material import Material

_LATER = "Filled by monitors once the suggestions of this version were answered; none yet"
_NONE = "None yet: only data of this project has been used"


def card(context: TrainingContext, found: Material, evidence: Sequence[Measured]) -> dict[str, Any]:
    """All 31 attributes; those of use in practice say that they come later."""
    use, case = context.solution.use, context.case
    people = {} if use is None else {
        "developer": use.developer, "funding": use.funding, "intended_use": use.intended_use,
        "population": use.population, "users": use.users, "decision_role": use.decision_role,
        "cautions": sentences(use.cautions), "limitations": sentences(use.limitations),
        "sensitive_features": use.sensitive_features, "fairness_approach": use.fairness_approach,
    }  # fmt: skip
    texts = people | _made(found) | _measured(case, evidence) | _upkeep()
    facts = {
        "visits": f"{found.notes['visits']:,}",
        "entries": f"{found.notes['entries']:,}",
        "doctors": f"{found.notes['doctors']:,}",
        "from": str(found.when[0])[:10],
        "until": str(found.when[-1])[:10],
        "made from": ", ".join(f"{t} version {v}" for t, v in context.training_set.inputs.items()),
        "promotional tables barred": ", ".join(context.solution.forbidden_tables) or "none",
    }
    return make_card(f"{context.solution.title}, {case}", texts, facts)


def _made(found: Material) -> dict[str, str]:
    return {
        "value": "For every field the entries that the doctor most likely makes next",
        "output": "A probability between 0 and 1 for each pill, with reasons that add up to it",
        "inclusion": "All visits of the tables that were known when the model was made",
        "representative": f"{found.notes['doctors']:,} doctors of {len(found.terms.specialties)} "
        "specialties; a new doctor starts from specialty, age and sex of the patient",
        "relevance": "Learned from the deploying organisation's own visits, newest weigh most",
        "bias": "Suggestions follow what doctors did, not what is right; brand shares are watched",
    }


def _measured(case: str, evidence: Sequence[Measured]) -> dict[str, str]:
    rows = [find(evidence, case, SERVED, f"{name} one@{PILLS}") for name in FIELDS]
    own = [f"{name} {number(row)}" for name, row in zip(FIELDS, rows, strict=True) if row]
    beside = [find(evidence, case, name, "one@8") for name in BASELINES]
    rules = [f"{row.method} {number(row)}" for row in beside if row]
    return {
        "validity": sentences([f"At least one true entry in {PILLS} pills: {', '.join(own)}",
                               f"mean over fields beside {', '.join(rules)}"]),
        "fairness": "Measured by field; by specialty and doctor in the monitors",
        **unknown_yet(_NONE, _LATER),
    }  # fmt: skip


def _upkeep() -> dict[str, str]:
    return {
        "validity_monitoring": "One true entry in 8 pills by week, doctor and specialty; share of "
        "entries outside the vocabulary; items per prescription; overrides; brand shares",
        "fairness_monitoring": "The same by specialty",
        "updates": "Habits follow every saved prescription at once; the model is refitted on "
        "schedule and released through the gate",
        "corrections": "Any version can be rolled back; a term can be merged by a curator",
    }
