"""Learners, simple rules and the champion, all asked about the same rows that none of them saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perdure.kernel.errors import ContractError, UsageError, did_you_mean
from perdure.platform.training.context import Champion, Explained, Floats, TrainingContext
from perdure.platform.training.evidence import SERVED, Answered
from perdure.platform.training.plan import drawn_together, label_column, make_plan
from perdure.platform.training.rows import LabelledRows
from perdure.platform.training.settings import TrainingSettings
from perdure.platform.training.splits import Plan
from perdure.platform.training.trials import (
    CalibratorFactory,
    Combination,
    Competitor,
    Turn,
    calibrated,
    overall_choice,
    run_trials,
)

Baseline = str | Callable[[pa.Table], npt.ArrayLike]
CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class Entrants:
    """Who takes part: competing learners, simple rules, and how scores become probabilities.

    A rule is a column whose greater values mean a greater chance (``"-column"``: smaller ones;
    a missing value ranks last), or a function of the table.
    """

    learners: Mapping[str, Competitor]
    baselines: Mapping[str, Baseline]
    calibrator: CalibratorFactory

    def __post_init__(self) -> None:
        reserved = {SERVED, CHAMPION, "data"} & {*self.learners, *self.baselines}
        twice = set(self.learners) & set(self.baselines)
        if reserved or twice or not self.learners:
            wrong = ", ".join(sorted(reserved | twice)) or "no learner at all"
            raise UsageError(f"learners and baselines need names of their own: {wrong}")
        for name, made in self.learners.items():
            members = made.members if isinstance(made, Combination) else ()
            for member in members:
                if isinstance(self.learners.get(member), Combination | None):
                    raise UsageError(f"'{name}' combines '{member}', which is no learner here")


@dataclass(frozen=True, slots=True)
class Contest:
    """The split, every round, who is to serve, and all answers about the report rows.

    ``places`` are the report rows' places in the labelled rows.
    """

    plan: Plan
    turns: tuple[Turn, ...]
    chosen: str
    places: npt.NDArray[np.int64]
    answered: Answered
    notes: tuple[str, ...] = ()


def hold_contest(
    context: TrainingContext, rows: LabelledRows, entrants: Entrants, settings: TrainingSettings
) -> Contest:
    """Ask everyone; ``served`` is the procedure itself: choose, calibrate, then answer."""
    plan = make_plan(rows, settings, context.label.span_months() if context.label else 0)
    turns = run_trials(
        plan,
        rows,
        entrants.learners,
        select_by=settings.select_by,
        seed=context.seed,
        progress=context.progress,
    )
    places = np.concatenate([next(iter(turn.report.values())).places for turn in turns])
    asked = rows.table.take(pa.array(places))
    champion, notes = _champion_scores(context.champion, rows.at[places], asked)
    rules = {name: rule_scores(name, rule, asked) for name, rule in entrants.baselines.items()}
    answered = Answered(
        context.case,
        rows.y[places],
        drawn_together(rows, plan, settings)[places],
        rules | _raw(turns) | champion,
        _probabilities(entrants, rows.y, turns),
        label_column(rows, settings.territory, "territory")[places] if settings.territory else None,
        settings.territory or "",
    )
    return Contest(plan, tuple(turns), overall_choice(turns), places, answered, notes)


def rule_scores(name: str, rule: Baseline, table: pa.Table) -> Floats:
    """What a simple rule says about each row of a table; NaN where it has nothing to say."""
    if not isinstance(rule, str):
        return np.asarray(rule(table), np.float64)
    column = rule.removeprefix("-")
    if column not in table.column_names:
        raise UsageError(
            f"baseline '{name}' ranks by '{column}', which the training set does not have",
            hint=did_you_mean(column, table.column_names),
        )
    try:
        values = table.column(column).cast(pa.float64(), safe=False)
    except pa.ArrowInvalid as error:
        raise UsageError(f"baseline '{name}' ranks by '{column}', which is no number") from error
    numbers = np.asarray(values.to_numpy(zero_copy_only=False), np.float64)
    return -numbers if rule.startswith("-") else numbers


def _raw(turns: list[Turn]) -> dict[str, Floats]:
    names = turns[0].report
    each = {name: np.concatenate([turn.report[name].raw for turn in turns]) for name in names}
    each[SERVED] = np.concatenate([turn.report[turn.chosen].raw for turn in turns])
    return each


def _probabilities(entrants: Entrants, y: Floats, turns: list[Turn]) -> dict[str, Floats]:
    found: dict[str, list[Floats]] = {name: [] for name in (*entrants.learners, SERVED)}
    for turn in turns:
        for name in entrants.learners:
            learnt, asked = turn.selection[name], turn.report[name]
            found[name].append(calibrated(entrants.calibrator, y, learnt, asked))
        found[SERVED].append(found[turn.chosen][-1])
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _champion_scores(
    champion: Champion | None, at: npt.NDArray[np.datetime64], asked: pa.Table
) -> tuple[dict[str, Floats], tuple[str, ...]]:
    if champion is None:
        return {}, ()
    if champion.seen_until is None or np.datetime64(champion.seen_until, "us") >= at.min():
        return {}, (f"{champion.reference} learnt from these dates: no fair comparison on them",)
    try:
        if isinstance(champion.predictor, Explained):
            return {CHAMPION: champion.predictor.raw(asked)}, ()
        return {CHAMPION: champion.predictor.predict(asked)}, ()
    except ContractError as error:
        return {}, (f"{champion.reference} cannot answer for these rows: {error}",)
