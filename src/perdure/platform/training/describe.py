"""What the platform can say for the model card about a classifier, from contract and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perdure.kernel.evidence import Measured, find
from perdure.platform.training.card import make_card, sentences
from perdure.platform.training.context import TrainingContext
from perdure.platform.training.evidence import LIFT, SERVED, TOP_DECILE
from perdure.platform.training.held_out import HELD_OUT
from perdure.platform.training.rows import LabelledRows
from perdure.platform.training.settings import TrainingSettings

_NO_EXTERNAL = "None yet: only data of this project has been used"
_LATER = "Filled by monitors once outcomes of served scores are known; none yet"


def describe(
    context: TrainingContext,
    rows: LabelledRows,
    evidence: Sequence[Measured],
    settings: TrainingSettings,
    report: dict[str, Any],
) -> dict[str, Any]:
    """The model card of a classifier."""
    texts = _said_by_people(context) | {
        "value": _value(context),
        "output": "A calibrated probability between 0 and 1, with reasons in log odds",
        "outcomes": _LATER,
        "validity_local": _LATER,
        "fairness_local": _LATER,
        **_development(context, rows, report),
        **_performance(context.case, evidence, settings.region),
        **_external(evidence, settings),
        **_upkeep(context, settings),
    }
    data = context.training_set
    facts = {
        "training table": f"{data.table} version {data.version}",
        "made from": ", ".join(f"{t} version {v}" for t, v in sorted(data.inputs.items())),
        "index dates": ", ".join(str(d)[:10] for d in sorted(data.index_dates)),
        "feature declarations": data.feature_digest,
        "label contract": data.label_digest,
        "split": report["split"],
        "chosen": report["chosen"],
        "promotional tables barred": ", ".join(context.solution.forbidden_tables) or "none",
    }
    return make_card(f"{context.solution.title}, {context.case}", texts, facts)


def _said_by_people(context: TrainingContext) -> dict[str, str]:
    use = context.solution.use
    if use is None:
        return {}
    return {
        "developer": use.developer,
        "funding": use.funding,
        "intended_use": use.intended_use,
        "population": use.population,
        "users": use.users,
        "decision_role": f"It {use.decision_role} the decision of a person",
        "cautions": sentences(use.cautions),
        "limitations": sentences(use.limitations),
        "fairness_approach": use.fairness_approach,
        "sensitive_features": use.sensitive_features,
    }


def _value(context: TrainingContext) -> str:
    label = context.label
    if label is None:
        return f"{context.solution.question} ({context.case})"
    return (
        f"{context.solution.question} For {context.case}: '{label.name}' within"
        f" {_months(label.window_months)}, beginning {_months(label.gap_months)} after the index"
        " date"
    )


def _development(
    context: TrainingContext, rows: LabelledRows, report: dict[str, Any]
) -> dict[str, str]:
    label = context.label
    who = (
        f"Included: every {label.entity} with at least {label.minimum_market:g} {label.amount} in"
        f" the market within {_months(label.lookback_months)} and under {label.minimum_volume:g} of"
        " the event before the index date"
        if label
        else "Included: all rows of the training set"
    )
    return {
        "inclusion": sentences([who, f"Excluded: {rows.censored} rows with an unknown outcome"]),
        "representative": (
            f"{len(rows.y)} rows of {int(rows.cluster[-1]) + 1} entities,"
            f" {rows.positives} with the outcome; sizes of slices are in the report"
        ),
        "relevance": (
            f"Made by the same declarations and from the same tables that serve scores;"
            f" index dates {str(rows.at.min())[:10]} to {str(rows.at.max())[:10]}"
        ),
        "bias": sentences(
            [
                f"inputs: {', '.join(rows.inputs.names)}",
                "measured within slices"
                if report["slices"]
                else "no slices are named in the settings, so none were measured",
            ]
        ),
    }


def _performance(case: str, evidence: Sequence[Measured], region: str | None) -> dict[str, str]:
    shown = [(m, find(evidence, case, SERVED, m)) for m in ("auc", "ap", LIFT, TOP_DECILE)]
    parts = [f"{metric} {number(row)}" for metric, row in shown if row]
    slices = [
        _slice(r, region)
        for r in evidence
        if r.case != case and r.method == SERVED and r.metric == "auc" and HELD_OUT not in r.case
    ]
    return {
        "validity": f"On rows that no model of them had seen: {', '.join(parts)}",
        "fairness": "; ".join(slices) or "No slice had enough outcomes to be measured",
    }


def _slice(row: Measured, region: str | None) -> str:
    """The auc within a slice; where regions are drawn as a whole, one region has no interval.

    >>> _slice(Measured("X / state = CA", "served", "auc", 0.6414, n=90), "state")
    'state = CA: auc 0.641 (no interval: one state)'
    """
    name = row.case.partition(" / ")[2]
    alone = row.low is None and region is not None and name.startswith(f"{region} = ")
    return f"{name}: auc {number(row)}" + (f" (no interval: one {region})" if alone else "")


def _external(evidence: Sequence[Measured], settings: TrainingSettings) -> dict[str, str]:
    held = [
        f"{r.case.partition(' / ')[2]}: auc {number(r)}"
        for r in evidence
        if HELD_OUT in r.case and r.metric == "auc" and r.method == SERVED
    ]
    if not held:
        keys = ("source", "tester", "representative", "process")
        texts = {f"external_{key}": _NO_EXTERNAL for key in keys}
        return texts | {"validity_external": _NO_EXTERNAL, "fairness_external": _NO_EXTERNAL}
    regions = ", ".join(settings.holdout_regions)
    return {
        "external_source": f"Regions that training never saw, of the same tables: {regions}",
        "external_tester": "The platform, automatically; no outside party",
        "external_representative": f"All eligible entities of {regions}",
        "external_process": "Trained without these regions, then measured on them",
        "validity_external": "; ".join(held),
        "fairness_external": "Not measured within the held-out regions",
    }


def _upkeep(context: TrainingContext, settings: TrainingSettings) -> dict[str, str]:
    when = f"on the schedule '{context.solution.schedule}' (cron)"
    return {
        "validity_monitoring": (
            f"Volume, freshness, drift, calibration and estimated performance {when}; realised"
            " performance when outcomes are known"
        ),
        "fairness_monitoring": (
            f"The same within slices {when}: {', '.join(settings.slices) or 'none are named'}"
        ),
        "updates": (
            f"Retrained {when} or on an alarm; a candidate serves once it passes the release gate,"
            " promoted by the run or, where runs leave the champion alone, by a named person; who"
            " and why is kept with each promotion"
        ),
        "corrections": (
            "Rollback to the champion before, by one command; wrong data are reported by"
            " dismissing a decision with the reason 'wrong-data'"
        ),
    }


def _months(count: int) -> str:
    """A number of months in words.

    >>> _months(1), _months(12)
    ('1 month', '12 months')
    """
    return f"{count} month{'s' * (count != 1)}"


def number(row: Measured) -> str:
    """A measured value in words, with its interval when there is one.

    >>> number(Measured("X", "served", "auc", 0.84321, 0.8, 0.88, 100))
    '0.843 (0.800 to 0.880)'
    """
    if row.low is None or row.high is None:
        return f"{row.value:.3f}"
    return f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"
