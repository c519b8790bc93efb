"""Every learner asked about rows it never saw, and the choice made from the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import NotEnoughData
from perdure.kernel.progress import Progress
from perdure.platform.training.context import Calibrator, Floats, Learner
from perdure.platform.training.metrics import auc, average_precision, log_loss
from perdure.platform.training.rows import LabelledRows
from perdure.platform.training.splits import Fold, Plan

Places = npt.NDArray[np.int64]
CalibratorFactory = Callable[[], Calibrator]


@dataclass(frozen=True, slots=True)
class Combination:
    """A competitor made of other ones once they are fitted, with nothing left to learn.

    ``members`` name competitors; ``combine`` gets them fitted, in that order. A mean of two
    learners then costs no fit of its own.
    """

    members: tuple[str, ...]
    combine: Callable[[Sequence[Learner]], Learner]


Competitor = Callable[[], Learner] | Combination
"""A way to make a learner: a factory of an unfitted one, or a combination of competitors."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Raw scores of some rows (``places``) by a model that never saw their entities."""

    places: Places
    raw: Floats


@dataclass(frozen=True, slots=True)
class Turn:
    """One round's answers of every learner, and the learner chosen on its selection folds."""

    selection: Mapping[str, Answers]
    report: Mapping[str, Answers]
    marks: Mapping[str, float]

    @property
    def chosen(self) -> str:
        """The learner with the best mark; the first named wins a tie."""
        return max(self.marks, key=lambda name: self.marks[name])


@dataclass(slots=True)
class Fits:
    """Fits each competitor at most once for each set of training rows."""

    rows: LabelledRows
    learners: Mapping[str, Competitor]
    seed: int
    progress: Progress
    total: int
    fitted: dict[tuple[str, str], Learner] = field(default_factory=dict)

    def of(self, name: str, learnt: str, train: npt.NDArray[np.bool_]) -> Learner:
        """The competitor fitted on the rows that ``train`` marks; ``learnt`` names this set."""
        if (name, learnt) not in self.fitted:
            made = self.learners[name]
            if isinstance(made, Combination):
                parts = [self.of(member, learnt, train) for member in made.members]
                self.fitted[name, learnt] = made.combine(parts)
            else:
                self.progress.step("fit on folds", len(self.fitted), self.total)
                self.fitted[name, learnt] = fit(made, self.rows, train, self.seed)
        return self.fitted[name, learnt]

    def answers(self, name: str, folds: tuple[Fold, ...]) -> Answers:
        """What the competitor says about the test rows of the folds."""
        places = [np.flatnonzero(fold.test) for fold in folds]
        raw = [
            self.of(name, fold.learnt, fold.train).raw(self.rows.X[place])
            for fold, place in zip(folds, places, strict=True)
            if len(place)
        ]
        return Answers(np.concatenate(places), np.concatenate(raw))


def fit_one(
    name: str,
    learners: Mapping[str, Competitor],
    rows: LabelledRows,
    use: npt.NDArray[np.bool_] | None,
    seed: int,
) -> Learner:
    """The competitor of that name fitted on all rows, or on those that ``use`` marks."""
    made = learners[name]
    if isinstance(made, Combination):
        return made.combine([fit_one(m, learners, rows, use, seed) for m in made.members])
    return fit(made, rows, use, seed)


def fit(
    make: Callable[[], Learner], rows: LabelledRows, use: npt.NDArray[np.bool_] | None, seed: int
) -> Learner:
    """A learner fitted on all rows, or on those that ``use`` marks."""
    X, y = (rows.X, rows.y) if use is None else (rows.X[use], rows.y[use])
    if not 0 < y.sum() < len(y):
        raise NotEnoughData(
            f"a fold would learn from {int(y.sum())} positive rows among {len(y)}",
            hint="use fewer folds, or wait for more outcomes",
        )
    names, labels = rows.inputs.names, rows.inputs.categorical
    return make().fit(X, y, names=names, categorical=labels, seed=seed)


def run_trials(
    plan: Plan,
    rows: LabelledRows,
    learners: Mapping[str, Competitor],
    *,
    select_by: str,
    seed: int,
    progress: Progress,
) -> list[Turn]:
    """All learners through all rounds. Each distinct training set is fitted once per learner."""
    total = len(learners) * len({fold.learnt for fold in plan.folds()})
    fits = Fits(rows, learners, seed, progress, total)
    turns = []
    for turn in plan.rounds:
        selection = {name: fits.answers(name, turn.selection) for name in learners}
        report = {name: fits.answers(name, turn.report) for name in learners}
        marks = {name: mark(select_by, rows.y, found) for name, found in selection.items()}
        turns.append(Turn(selection, report, marks))
    progress.step("fit on folds", total, total)
    return turns


def mark(select_by: str, y: Floats, answers: Answers) -> float:
    """How good the answers are by ``ap``, ``auc`` or ``log-loss`` (greater is better)."""
    outcome = y[answers.places]
    if not 0 < outcome.sum() < len(outcome):
        return float("-inf")
    if select_by == "log-loss":
        return -log_loss(outcome, 1 / (1 + np.exp(-np.clip(answers.raw, -500, 500))))
    measure = auc if select_by == "auc" else average_precision
    return measure(outcome, answers.raw)


def overall_choice(turns: list[Turn]) -> str:
    """The learner with the best mean mark over all rounds: the one that is fitted on all rows."""
    means = {name: float(np.mean([t.marks[name] for t in turns])) for name in turns[0].marks}
    return max(means, key=lambda name: means[name])


def calibrated(make: CalibratorFactory, y: Floats, learnt: Answers, asked: Answers) -> Floats:
    """Probabilities of the asked rows by a calibrator that only saw the learnt ones."""
    return make().fit(learnt.raw, y[learnt.places]).predict(asked.raw)
