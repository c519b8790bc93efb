"""The page of one model: how good, how calibrated, how far the data moved, card, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views import health
from perdure.interfaces.views.drift import Moved, moved
from perdure.interfaces.views.own_readings import OwnReading, own_readings
from perdure.interfaces.views.performance import Performance, lift, over_time
from perdure.interfaces.views.scope import Scope
from perdure.interfaces.views.states import State
from perdure.kernel.evidence import Measured, Verdict
from perdure.kernel.solution import Solution
from perdure.platform.feedback.lift import Lift
from perdure.platform.registry.bundle import ModelBundle
from perdure.platform.registry.gate import Check
from perdure.platform.registry.registry import ModelVersion, Promotion, Registry
from perdure.platform.storage.project import Project

SERVED, DATA = "served", "data"
HEADLINE = ("auc", "ap", "lift@0.10", "top-decile-calibration")
CURVES = 5


@dataclass(frozen=True, slots=True)
class GainRow:
    """One tenth of the ranked list: share of entities, share of positives found, lift."""

    share: float
    found: float
    lift: float


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """One group of like predictions: what was said, what happened, for how many."""

    predicted: float
    observed: float
    n: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of the model."""

    version: int
    state: str
    created_at: datetime
    measured: float | None
    training: str


@dataclass(frozen=True, slots=True)
class CardSection:
    """One section of the model card: title, then (attribute, text) pairs."""

    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One promotion or rollback."""

    at: datetime
    what: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class About:
    """What is known about one version, read from its verified files."""

    headline: tuple[Measured, ...]
    compared: tuple[Measured, ...]
    gain: tuple[tuple[str, tuple[GainRow, ...]], ...]
    calibration: tuple[CalibrationRow, ...]
    drivers: tuple[tuple[str, float], ...]
    slices: tuple[Measured, ...]
    card: tuple[CardSection, ...]
    split: str


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Everything on the page of one model; ``shown`` is the version that it is about."""

    scope: Scope
    shown: ModelVersion | None
    about: About | None
    metric: str
    health: tuple[tuple[str, State], ...]
    drift: Moved
    readings: tuple[OwnReading, ...]
    performance: Performance
    lift: Lift | None
    verdicts: tuple[Verdict, ...]
    versions: tuple[VersionRow, ...]
    changes: tuple[Change, ...]
    can_roll_back: bool
    now: datetime


def names(project: Project) -> tuple[str, ...]:
    """Every model name."""
    return Registry(project).names()


def all_of(project: Project, name: str) -> list[ModelVersion]:
    """The versions of a model, newest first."""
    return Registry(project).versions(name)


def read(project: Project, scope: Scope, version: int | None = None) -> ModelPage:
    """The page of a model: of that version, else of the champion, else of the newest one."""
    registry = Registry(project)
    versions = registry.versions(scope.model)
    history = registry.history(scope.model)
    shown = _shown(versions, version)
    metric = scope.solution.primary_metric
    bundle = registry.open(shown.reference) if shown else None
    about = _about(bundle, scope.solution) if bundle else None
    return ModelPage(
        scope=scope,
        shown=shown,
        about=about,
        metric=metric,
        health=health.parts(project, scope),
        drift=moved(project, scope),
        readings=own_readings(project, scope),
        performance=over_time(project, scope, about.headline if about else ()),
        lift=lift(project, scope) if shown else None,
        verdicts=_verdicts(history, shown),
        versions=tuple(_version(found, metric) for found in versions),
        changes=tuple(_change(change) for change in history),
        can_roll_back=_can_roll_back(history),
        now=project.clock.now(),
    )


def _shown(versions: Sequence[ModelVersion], number: int | None) -> ModelVersion | None:
    wanted = [v for v in versions if number in (None, v.version)]
    if number is not None and not wanted:
        raise Missing("no such version")
    champions = [v for v in wanted if v.state == "champion"]
    return next(iter(champions or wanted), None)


def _about(bundle: ModelBundle, solution: Solution) -> About:
    metric = solution.primary_metric
    case, report = bundle.about().get("case", ""), bundle.report()
    mine = [row for row in bundle.evidence() if row.case == case]
    served = {row.metric: row for row in mine if row.method == SERVED}
    wanted = dict.fromkeys((metric, *HEADLINE))
    return About(
        headline=tuple(served[name] for name in wanted if name in served)[:4],
        compared=_compared(mine, metric),
        gain=_gain(report.get("gains", {}), solution.baselines),
        calibration=tuple(
            CalibrationRow(row["predicted"], row["observed"], row["rows"])
            for row in report.get("calibration", ())
        ),
        drivers=tuple((d["feature"], d["mean_effect"]) for d in report.get("drivers", ())[:10]),
        slices=_slices(report.get("slices", ())),
        card=_card(bundle.card()),
        split=str(report.get("split", "")),
    )


def _compared(rows: Sequence[Measured], metric: str) -> tuple[Measured, ...]:
    """The product and its baselines, best first; paired differences are for the gate."""
    found = [
        row
        for row in rows
        if row.metric == metric and row.method != DATA and not row.method.startswith(f"{SERVED} - ")
    ]
    return tuple(sorted(found, key=lambda row: (row.method != SERVED, -row.value)))


def _gain(
    tables: Mapping[str, Any], baselines: Sequence[str]
) -> tuple[tuple[str, tuple[GainRow, ...]], ...]:
    """The curve of the product, then of the simple rules that find most in the first part.

    Without declared rules the other methods stand in: competitors run close to the product.
    """
    rules = [name for name in baselines if tables.get(name)]
    others = sorted(
        rules or [name for name in tables if name != SERVED and tables[name]],
        key=lambda name: -(tables[name][0]["captured"] or 0),
    )
    chosen = [name for name in (SERVED, *others) if name in tables][:CURVES]
    return tuple((name, _curve(tables[name])) for name in chosen)


def _curve(rows: Sequence[Mapping[str, Any]]) -> tuple[GainRow, ...]:
    total = sum(row["rows"] for row in rows) or 1
    shares = [seen / total for seen in accumulate(row["rows"] for row in rows)]
    return tuple(
        GainRow(share, row["captured"] or 0.0, (row["captured"] or 0.0) / share)
        for share, row in zip(shares, rows, strict=True)
    )


def _slices(rows: Sequence[Mapping[str, Any]]) -> tuple[Measured, ...]:
    measured = (Measured(**row) for row in rows if row["value"] is not None)
    return tuple(row for row in measured if row.method == SERVED)


def _card(card: Mapping[str, Any]) -> tuple[CardSection, ...]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for attribute in card.get("attributes", ()):
        name = f"{attribute['number']}. {attribute['name']}"
        groups.setdefault(attribute["group"], []).append((name, attribute["value"]))
    facts = [(name, str(value)) for name, value in card.get("facts", {}).items()]
    return tuple(
        CardSection(title, tuple(entries))
        for title, entries in (*groups.items(), ("Facts", facts))
        if entries
    )


def _version(found: ModelVersion, metric: str) -> VersionRow:
    return VersionRow(
        version=found.version,
        state=found.state,
        created_at=found.created_at,
        measured=found.metrics.get(metric),
        training=f"{found.training_table}@{found.training_version}",
    )


def _verdicts(history: Sequence[Promotion], shown: ModelVersion | None) -> tuple[Verdict, ...]:
    """What the gate said when the version was promoted last."""
    for change in history:
        if shown and change.gate and change.version == shown.version:
            checks = (Check(**check) for check in change.gate["checks"])
            return tuple(check.verdict() for check in checks if check.state != "not-applicable")
    return ()


def _change(change: Promotion) -> Change:
    what = "promoted" if change.kind == "promote" else "rolled back to"
    return Change(change.at, f"{what} version {change.version}", change.actor, change.reason)


def _can_roll_back(history: Sequence[Promotion]) -> bool:
    """Whether a champion came before the present one."""
    depth = sum(1 if change.kind == "promote" else -1 for change in history)
    return depth > 1
