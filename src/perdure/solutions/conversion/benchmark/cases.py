"""Each brand of a panel: what the served model and simple rules achieve, and what the gate says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from perdure.kernel.errors import NotEnoughData
from perdure.kernel.evidence import Measured, Verdict, find
from perdure.platform.registry.gate import judge
from perdure.platform.training.context import Candidate
from perdure.platform.training.evidence import DATA, LIFT, SERVED, TOP_DECILE
from perdure.solutions.conversion.benchmark.material import CaseMaterial
from perdure.solutions.conversion.model import train
from perdure.solutions.conversion.solution import SOLUTION

BASE_RATE = "base-rate"
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Target:
    """A published figure: for a panel with so many rows and converters only."""

    rows: int
    converters: int
    auc: float
    lift: float


TARGETS = {
    "VOLTAREN": Target(15_554, 338, auc=0.843, lift=5.1),
    "LOTEMAX": Target(4_405, 111, auc=0.751, lift=3.3),
}
"""The better of logistic regression and boosted trees in the reference study of 2013 to 2014."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one brand gave: rows of the benchmark form, verdicts, and the candidate behind them."""

    rows: list[Measured]
    verdicts: list[Verdict]
    candidate: Candidate | None = None


def measure_case(case: CaseMaterial) -> Measurement:
    """Train and measure as in production; with too few converters only what can be said."""
    try:
        candidate = train(case.context())
    except NotEnoughData as error:
        least = case.material.settings.gate.minimum_positives
        return Measurement([], [_not_knowable(case.name, error.what, least)])
    rows = [*base_rate(case.name, candidate.evidence), *_shown(case.name, candidate.evidence)]
    return Measurement(rows, verdicts(case, candidate), candidate)


def verdicts(case: CaseMaterial, candidate: Candidate) -> list[Verdict]:
    """The release gate's checks, and the published targets where the data are the same.

    With too few converters the one verdict is that it cannot be known; nothing else is claimed.
    """
    gate = case.material.settings.gate
    checks = judge(case.name, candidate.evidence, None, SOLUTION, gate, candidate.card)
    positives = find(candidate.evidence, case.name, DATA, "positives")
    if positives is not None and positives.value < gate.minimum_positives:
        found = f"{positives.value:.0f} converters among {positives.n:,}"
        return [_not_knowable(case.name, found, gate.minimum_positives)]
    judged = [check.verdict() for check in checks if check.state != "not-applicable"]
    named = [Verdict(f"{case.name}: {v.name}", v.wanted, v.measured, v.holds) for v in judged]
    return [*named, *_targets(case.name, candidate.evidence)]


def base_rate(case: str, rows: Sequence[Measured]) -> list[Measured]:
    """The share of converters with its 95 % interval (Wilson)."""
    found = find(rows, case, DATA, BASE_RATE)
    if found is None or not found.n:
        return []
    p, n = found.value, found.n
    middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n)) / (1 + _Z**2 / n)
    return [Measured(case, BASE_RATE, BASE_RATE, p, middle - half, middle + half, n)]


def _shown(case: str, rows: Iterable[Measured]) -> list[Measured]:
    """The rows of the benchmark form: methods and rules, not their differences or slices."""
    kept = ("auc", "ap", LIFT, TOP_DECILE)
    return [
        row
        for row in rows
        if row.case == case
        and not row.method.startswith((f"{SERVED} - ", "feature:", DATA))
        and (row.metric in kept or row.metric.startswith("precision@"))
    ]


def _not_knowable(case: str, found: str, wanted: int) -> Verdict:
    return Verdict(
        f"{case}: said to be not knowable",
        f"below {wanted} converters no figure is taken as proof",
        f"{found}: cannot be known from this panel, and no model is released on it",
        holds=True,
    )


def _targets(case: str, rows: Sequence[Measured]) -> list[Verdict]:
    target = TARGETS.get(case)
    positives = find(rows, case, DATA, "positives")
    if target is None or positives is None:
        return []
    if (positives.n, int(positives.value)) != (target.rows, target.converters):
        return []
    made = []
    for metric, wanted in (("auc", target.auc), (LIFT, target.lift)):
        found = find(rows, case, SERVED, metric)
        value = found.value if found else float("nan")
        # The published figures are rounded to this many digits.
        holds = round(value, 3 if metric == "auc" else 1) >= wanted
        name = f"{case}: {metric} of the reference study"
        made.append(Verdict(name, f"at least {wanted:g}", f"{value:.3f}", holds))
    return made
