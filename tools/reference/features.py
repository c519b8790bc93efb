"""Every feature of every solution, with its meaning, under the default settings."""

from __future__ import annotations

from perdure.kernel.discovery import solutions
from perdure.kernel.features import FeatureSet
from perdure.kernel.labels import LabelContract
from perdure.kernel.solution import Solution
from tools.reference.markdown import cell, code, page, table
from tools.reference.settings import default_settings

INTRODUCTION = """\
Features under the default settings. The declarations are compiled to SQL for the point in time
that is asked for; see [point in time](../explanation/point-in-time.md). A suffix such as `_3mo` is
the window that ends at the index date."""


def pages() -> dict[str, str]:
    """The page of features and labels."""
    parts = [INTRODUCTION]
    for name, solution in solutions().items():
        if solution.features:
            parts += [f"## Features of {name}", _features(solution)]
        if solution.label:
            parts += [f"## Label of {name}", _label(solution)]
    return {"reference/features.md": page("Features and labels", *parts)}


def feature_set(solution: Solution) -> FeatureSet:
    """The feature set of the first case under the default settings."""
    settings = default_settings(solution)
    found: FeatureSet = solution.code("features")(settings, next(iter(settings.cases), "default"))
    return found


def _features(solution: Solution) -> str:
    declared = feature_set(solution)
    meanings = declared.meanings()
    rows = [
        [code(name), cell(meanings[name]), "" if name in declared.inputs() else "not a model input"]
        for name in declared.feature_names()
    ]
    return table(["feature", "meaning", ""], rows)


def _label(solution: Solution) -> str:
    settings = default_settings(solution)
    label: LabelContract = solution.code("label")(settings, next(iter(settings.cases), "default"))
    rows = [
        ["asked about", cell(label.entity)],
        ["source", code(label.source)],
        ["event", code(label.event)],
        ["market", code(label.market)],
        [
            "lookback, gap, window (months)",
            f"{label.lookback_months}, {label.gap_months}, {label.window_months}",
        ],
        ["least volume", f"{label.minimum_volume:g} {label.amount}"],
        ["observed by", label.observed_by],
        ["suppressed when", code(label.suppressed or "never")],
    ]
    return table(["part", "value"], rows)
