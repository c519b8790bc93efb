"""The release gate: what a candidate must have shown before it may serve.

It reads measured values and knows no kind of model: a classifier's average precision, a policy's
value and a response model's log loss pass through the same checks. A check that has nothing to
judge says so by name; one that cannot be answered yet is neither passed nor failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from perdure.kernel.evidence import Measured, Verdict, find
from perdure.kernel.solution import Solution
from perdure.platform.registry.comparison import Comparison, both, compare, compare_logged
from perdure.platform.training.card import missing
from perdure.platform.training.describe import number
from perdure.platform.training.evidence import ADMISSIBLE, CONSTRAINT, DATA, SERVED, TOP_DECILE
from perdure.platform.training.settings import GateSettings
from perdure.platform.training.tripwires import FEATURE

State = Literal["passed", "failed", "not-knowable", "not-applicable", "acknowledged"]
_PASSES: tuple[State, ...] = ("passed", "not-applicable", "acknowledged")
_NONE = "nothing to judge"


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate, what was wanted, what was found, and the answer."""

    name: str
    state: State
    wanted: str
    measured: str

    @property
    def holds(self) -> bool:
        """Whether it lets the candidate pass."""
        return self.state in _PASSES

    def verdict(self) -> Verdict:
        """The same in the form that benchmarks and pages share."""
        return Verdict(self.name, self.wanted, self.measured, self.holds)


@dataclass(frozen=True, slots=True)
class GateReport:
    """All checks of one candidate against the champion of that moment (None: the first).

    >>> GateReport("demo/x@1", None, (Check("card", "failed", "complete", "2 missing"),)).refusal()
    'card (2 missing)'
    """

    reference: str
    champion: str | None
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether the candidate may serve."""
        return all(check.holds for check in self.checks)

    def refusal(self) -> str:
        """Every check that did not let it pass, in words; empty when it passed."""
        held_back = (check for check in self.checks if not check.holds)
        return "; ".join(f"{check.name} ({check.measured})" for check in held_back)

    def verdicts(self) -> list[Verdict]:
        """All checks in the form that benchmarks and pages share."""
        return [check.verdict() for check in self.checks]

    def as_dict(self) -> dict[str, Any]:
        """The record that is kept with a promotion."""
        return asdict(self) | {"passed": self.passed}


def judge(
    case: str,
    candidate: Sequence[Measured],
    champion: Sequence[Measured] | None,
    solution: Solution,
    settings: GateSettings,
    card: Mapping[str, Any],
) -> list[Check]:
    """All checks that evidence and card can answer, in a fixed order.

    ``champion`` is the champion's own evidence, used where the candidate's evidence holds no
    paired difference to it; None when there is no champion.
    """
    better = solution.greater_is_better
    metric = settings.metric or solution.primary_metric
    checks = [
        _enough(case, candidate, settings),
        _measured(case, candidate, metric),
        _against_rules(case, candidate, metric, solution.baselines, better),
        _against_champion(case, candidate, champion, metric, better, settings),
        _constrained(case, candidate),
        _calibrated(case, candidate, settings),
        _single_feature(case, candidate, settings),
        _jump(case, candidate, settings),
        _ceiling(case, candidate, settings),
        _card(card),
    ]
    if checks[0].state == "not-knowable":
        checks = [_not_yet(check) for check in checks]
    if settings.allow_not_knowable:
        checks = [_allowed(check) for check in checks]
    return checks


_STATISTICAL = ("baselines", "champion", "calibration")


def _not_yet(check: Check) -> Check:
    """A failure of a statistical check means little while outcomes are too few."""
    if check.state == "failed" and check.name in _STATISTICAL:
        return replace(check, state="not-knowable")
    return check


def _allowed(check: Check) -> Check:
    if check.state != "not-knowable":
        return check
    words = f"{check.measured}: not knowable yet, let pass by the settings"
    return replace(check, state="acknowledged", measured=words)


def _enough(case: str, rows: Sequence[Measured], settings: GateSettings) -> Check:
    wanted = f"at least {settings.minimum_positives} positive outcomes on unseen rows"
    found = find(rows, case, DATA, "positives")
    if found is None:
        return Check("outcomes", "not-applicable", wanted, _NONE)
    enough = found.value >= settings.minimum_positives
    return Check(
        "outcomes",
        "passed" if enough else "not-knowable",
        wanted,
        f"{found.value:.0f} of {found.n} rows" + ("" if enough else ": not knowable yet"),
    )


def _measured(case: str, rows: Sequence[Measured], metric: str) -> Check:
    found = find(rows, case, SERVED, metric)
    state: State = "passed" if found and found.value == found.value else "failed"
    words = number(found) if found else "not measured"
    return Check("metric", state, f"{metric} measured on unseen rows", words)


def _against_rules(
    case: str, rows: Sequence[Measured], metric: str, names: Sequence[str], better: bool
) -> Check:
    wanted = f"{metric} better than the best simple rule, with its interval"
    if not names:
        return Check("baselines", "not-applicable", wanted, "the manifest names no simple rule")
    barred = [name for name in names if _breaks(rows, case, name)]
    found = {name: find(rows, case, name, metric) for name in names if name not in barred}
    values = {name: row.value for name, row in found.items() if row and row.value == row.value}
    absent = [name for name in found if name not in values]
    note = f"; not measured: {', '.join(absent)}" if absent else ""
    note += f"; no alternative, as it breaks a constraint: {', '.join(barred)}" if barred else ""
    if not values:
        return Check("baselines", "failed", wanted, note.removeprefix("; "))
    best = (max if better else min)(values, key=lambda name: values[name])
    made = compare(rows, case, metric, best, found[best], better)
    words = f"against '{best}' ({values[best]:.3f}): {made.words}{note}"
    return Check("baselines", _state(made, strict=True), wanted, words)


def _breaks(rows: Sequence[Measured], case: str, name: str) -> bool:
    told = find(rows, case, name, ADMISSIBLE)
    return told is not None and told.value == 0


def _against_champion(
    case: str,
    rows: Sequence[Measured],
    champion: Sequence[Measured] | None,
    metric: str,
    better: bool,
    settings: GateSettings,
) -> Check:
    strict = settings.champion_rule == "better"
    wanted = f"{metric} {'better' if strict else 'not shown to be worse'} than the champion's"
    if champion is None:
        return Check("champion", "not-applicable", wanted, "there is no champion yet")
    own = find(rows, case, "champion", metric) or find(champion, case, SERVED, metric)
    made = compare(rows, case, metric, "champion", own, better)
    logged = compare_logged(rows, case, "champion", better)
    made = both(made, logged) if logged else made
    return Check("champion", _state(made, strict), wanted, made.words)


def _state(made: Comparison, strict: bool) -> State:
    if made.side == "unknown":
        return "not-knowable"
    if made.side == "better" or (made.side == "even" and not strict):
        return "passed"
    return "failed"


def _constrained(case: str, rows: Sequence[Measured]) -> Check:
    """What must never happen: each constraint counts how often it did on unseen rows."""
    wanted = "no constraint broken"
    found = [row for row in rows if row.case == case and row.method == CONSTRAINT]
    if not found:
        return Check("constraints", "not-applicable", wanted, _NONE)
    broken = [f"{row.metric}: {row.value:,.0f} of {row.n:,}" for row in found if row.value != 0]
    kept = ", ".join(f"{row.metric}: none of {row.n:,}" for row in found)
    return Check("constraints", "failed" if broken else "passed", wanted, ", ".join(broken) or kept)


def _calibrated(case: str, rows: Sequence[Measured], settings: GateSettings) -> Check:
    low, high = settings.calibration_low, settings.calibration_high
    wanted = f"predicted over observed among the best tenth within {low:g} and {high:g}"
    found = find(rows, case, SERVED, TOP_DECILE)
    if found is None:
        return Check("calibration", "not-applicable", wanted, _NONE)
    if low <= found.value <= high:
        return Check("calibration", "passed", wanted, number(found))
    if found.low is None or found.high is None:
        return Check("calibration", "not-knowable", wanted, f"{number(found)}, no interval")
    if found.low <= 1.0 <= found.high:
        return Check(
            "calibration", "passed", wanted, f"{number(found)}: not shown to be off, it covers 1"
        )
    return Check("calibration", "failed", wanted, number(found))


def _single_feature(case: str, rows: Sequence[Measured], settings: GateSettings) -> Check:
    ceiling = settings.single_feature_ceiling
    wanted = f"no single feature with an auc above {ceiling:g}"
    alone = [r for r in rows if r.case == case and r.method.startswith(FEATURE)]
    if not alone:
        return Check("single-feature", "not-applicable", wanted, _NONE)
    over = [r for r in alone if r.value > ceiling]
    most = max(alone, key=lambda r: r.value)
    if not over:
        words = f"most telling alone: {most.method.removeprefix(FEATURE)}, {most.value:.3f}"
        return Check("single-feature", "passed", wanted, words)
    words = ", ".join(f"{r.method.removeprefix(FEATURE)} {r.value:.3f}" for r in over)
    known = all(r.method in settings.acknowledged for r in over)
    return Check("single-feature", "acknowledged" if known else "failed", wanted, words)


def _jump(case: str, rows: Sequence[Measured], settings: GateSettings) -> Check:
    """A leaked column need not be near 1: it stands out, because honest features come in kin."""
    step = settings.single_feature_jump
    wanted = f"no single feature's auc more than {step:g} above the next"
    alone = [r for r in rows if r.case == case and r.method.startswith(FEATURE)]
    if len(alone) < 2:
        return Check("single-feature-jump", "not-applicable", wanted, _NONE)
    first, second = sorted(alone, key=lambda r: -r.value)[:2]
    names = [r.method.removeprefix(FEATURE) for r in (first, second)]
    words = f"{names[0]} {first.value:.3f}, next {names[1]} {second.value:.3f}"
    if first.value - second.value <= step:
        return Check("single-feature-jump", "passed", wanted, words)
    known = first.method in settings.acknowledged
    return Check("single-feature-jump", "acknowledged" if known else "failed", wanted, words)


def _ceiling(case: str, rows: Sequence[Measured], settings: GateSettings) -> Check:
    wanted = f"auc not above {settings.validation_ceiling:g}: too good is a leak until explained"
    found = find(rows, case, SERVED, "auc")
    if found is None:
        return Check("ceiling", "not-applicable", wanted, _NONE)
    if found.value <= settings.validation_ceiling:
        return Check("ceiling", "passed", wanted, number(found))
    known = "ceiling" in settings.acknowledged
    return Check("ceiling", "acknowledged" if known else "failed", wanted, number(found))


def _card(card: Mapping[str, Any]) -> Check:
    unsaid = missing(card)
    words = f"missing: {', '.join(unsaid[:5])}" if unsaid else "complete"
    if len(unsaid) > 5:
        words += f" and {len(unsaid) - 5} more"
    return Check("card", "failed" if unsaid else "passed", "all 31 source attributes said", words)
