"""Worlds and regret: what policies bring where the truth differs from what is believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from perdure.kernel.discovery import solution
from perdure.kernel.evidence import Measured, find
from perdure.platform.training.evidence import CONSTRAINT, SERVED
from perdure.solutions.donor.pages.champion import NAME, champion
from perdure.solutions.donor.priors import Prior, Priors

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

OPTIMUM = "optimum"
GAIN = "gain over never"
_WIDTH = 260
SAID = {
    SERVED: "Policy in service",
    "never": "Never contact",
    "rfm": "Recency rule",
    "greedy-propensity": "Whoever gives most likely",
    "greedy-uplift": "Whom one contact moves most",
    "champion": "Policy before",
    OPTIMUM: "Best, had the world been known",
}
"""What the policies are called on the page."""
_ACTIONS = {"sms": "SMS", "email": "e-mail", "incentive": "incentive"}


@dataclass(frozen=True, slots=True)
class Played:
    """One policy in the believed world, per donor: values with intervals."""

    name: str
    gain: Measured | None
    donations: Measured | None
    contacts: Measured | None
    opt_outs: Measured | None
    cvar: float | None
    served: bool


@dataclass(frozen=True, slots=True)
class Across:
    """One policy over all worlds: gains over never contacting, and what it loses to the best."""

    name: str
    gains: tuple[Measured | None, ...]
    mean: float
    worst: float
    regret: float | None
    served: bool


@dataclass(frozen=True, slots=True)
class Belief:
    """One prior: the number, its range and source, and what the service's own log made of it."""

    name: str
    value: float
    low: float
    high: float
    source: str
    assumed: bool
    moved: tuple[float, float, float] | None


def worlds(project: Project, case: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The page of the policy in service."""
    _ = query
    found = champion(project, case)
    beliefs = project.settings(solution(NAME)).simulator.prior()
    if found is None:
        return {"found": None, "beliefs": _beliefs(beliefs, {})}
    evidence, report = found.bundle.evidence(), found.bundle.report()
    across = _across(evidence, case)
    gains = [g for one in across for g in one.gains if g]
    return {
        "found": found,
        "played": _played(evidence, case),
        "across": across,
        "axis": _axis(gains),
        "strips": [_strip(one, _axis(gains)) for one in across],
        "optima": sum(find(evidence, r, OPTIMUM, GAIN) is not None for r in _cases(evidence, case)),
        "count": len(across[0].gains) if across else 0,
        "sentence": _sentence(across),
        "losing": find(evidence, case, CONSTRAINT,
                       "worlds where it does worse than never contacting"),
        "cautions": report.get("cautions", []),
        "chosen": report.get("chosen", ""),
        "effects": found.chooser.effects,
        "months": found.chooser.world.months,
        "beliefs": _beliefs(beliefs, report.get("estimates", {})),
        "optimum": any(one.name == SAID[OPTIMUM] for one in across),
    }  # fmt: skip


def _played(evidence: Sequence[Measured], case: str) -> list[Played]:
    return [_one(evidence, case, name) for name in _methods(evidence, case, "return")]


def _one(evidence: Sequence[Measured], case: str, name: str) -> Played:
    def told(metric: str) -> Measured | None:
        return find(evidence, case, name, metric)

    return Played(
        name=SAID.get(name, name),
        gain=find(evidence, case, f"{SERVED} - {name}", "return"),
        donations=told("donations"),
        contacts=told("contacts"),
        opt_outs=told("opt-outs"),
        cvar=_number(told("cvar10")),
        served=name == SERVED,
    )


def _across(evidence: Sequence[Measured], case: str) -> list[Across]:
    """The served policy first, then by mean; the optimum last."""
    cases = _cases(evidence, case)
    names = {r.method for r in evidence if r.case in cases and r.metric == GAIN}
    best = [_number(find(evidence, one, OPTIMUM, GAIN)) for one in cases]
    made = [_over(name, [find(evidence, one, name, GAIN) for one in cases], best)
            for name in names]  # fmt: skip
    last = SAID[OPTIMUM]
    return sorted(made, key=lambda one: (one.name == last, not one.served, -one.mean))


def _cases(evidence: Sequence[Measured], case: str) -> list[str]:
    """The names of all worlds of a case, by number."""
    found = {r.case for r in evidence if r.case.startswith(f"{case}, world ")}
    return sorted(found, key=lambda name: int(name.rpartition(" ")[2]))


def _strip(one: Across, axis: tuple[float, float]) -> Markup:
    """The gains in all worlds as dots on a common axis, with a line at no gain."""
    span = (axis[1] - axis[0]) or 1.0

    def at(value: float) -> str:
        return f"{6 + (value - axis[0]) / span * (_WIDTH - 12):.1f}"

    tone = "" if one.served else " reference"
    dots = "".join(
        f'<circle class="dot dn-dot{tone}" cx="{at(g.value)}" cy="9" r="4"/>'
        for g in one.gains
        if g
    )
    return Markup(  # noqa: S704  numbers and constants of this file only
        f'<svg class="dn-strip" width="{_WIDTH}" height="18" viewBox="0 0 {_WIDTH} 18" '
        f'aria-hidden="true"><line class="axis-line" x1="0" x2="{_WIDTH}" y1="9" y2="9"/>'
        f'<line class="bar-mark" x1="{at(0)}" x2="{at(0)}" y1="2" y2="16"/>{dots}</svg>'
    )


def _over(name: str, gains: Sequence[Measured | None], best: Sequence[float | None]) -> Across:
    values = [g.value for g in gains if g]
    lost = [b - g.value for g, b in zip(gains, best, strict=True) if g and b is not None]
    return Across(
        SAID.get(name, name), tuple(gains), float(np.mean(values)), min(values),
        float(np.mean(lost)) if lost else None, name == SERVED,
    )  # fmt: skip


def _methods(evidence: Iterable[Measured], case: str, metric: str) -> list[str]:
    found = [r.method for r in evidence if (r.case, r.metric) == (case, metric)]
    return [name for name in dict.fromkeys(found) if " - " not in name]


def _axis(gains: Sequence[Measured]) -> tuple[float, float]:
    ends = [v for g in gains for v in (g.value, g.low, g.high) if v is not None]
    return (min([0.0, *ends]), max([0.0, *ends])) if ends else (0.0, 1.0)


def _sentence(across: Sequence[Across]) -> str:
    own = next((one for one in across if one.served), None)
    if own is None:
        return "This version was not played in other worlds."
    above = sum(g is not None and g.low is not None and g.low > 0 for g in own.gains)
    below = sum(g is not None and g.high is not None and g.high < 0 for g in own.gains)
    text = (
        f"The policy in service brings {own.mean:+.3f} donations a donor over never contacting "
        f"on average and {own.worst:+.3f} in its worst world; it is above in {above} of "
        f"{len(own.gains)} worlds and below in {below}."
    )
    if own.regret is None:
        return text
    return f"{text} A policy that had known each world would bring {own.regret:.3f} more."


def _beliefs(held: Priors, estimates: Mapping[str, Mapping[str, float]]) -> list[Belief]:
    return [_belief(name, one, estimates) for name, one in held.each()]


def _belief(name: str, one: Prior, estimates: Mapping[str, Mapping[str, float]]) -> Belief:
    kind, _, action = name.partition(", ")
    words = f"{kind}, {_ACTIONS.get(action, action)}" if action else kind
    source = one.source.removeprefix("assumption").strip(", ")
    told = estimates.get(name)
    moved = (told["value"], told["low"], told["high"]) if told else None
    return Belief(words, one.value, one.low, one.high, source, one.assumed, moved)


def _number(row: Measured | None) -> float | None:
    return row.value if row else None
