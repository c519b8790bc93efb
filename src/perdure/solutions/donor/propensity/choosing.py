"""Repeated cross-validation of the competitors, and which of them is served.

A third of the rows of UCI transfusion repeat another row's R, F and T. A model that memorises
them looks better than it is, so equal donors stay in one fold (*grouped*); that figure chooses.
The usual *stratified* one is reported beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import NotEnoughData
from perdure.methods.contact.propensity import ReturnModel
from perdure.platform.training.metrics import auc, brier, log_loss
from perdure.solutions.donor.propensity.candidates import (
    LOGISTIC,
    PRIOR,
    STEPPED,
    Donors,
    Fit,
    Floats,
    candidates,
    servable,
)
from perdure.solutions.donor.settings import PropensitySettings

Split = Literal["grouped", "stratified"]
SERVABLE = (LOGISTIC, STEPPED)


@dataclass(frozen=True, slots=True)
class Score:
    """How one model did: means over the repeats, with their standard deviations."""

    model: str
    split: Split
    auc: float
    auc_sd: float
    log_loss: float
    log_loss_sd: float
    brier: float
    brier_sd: float


@dataclass(frozen=True)
class Choice:
    """The model that is served, what it was chosen from, and how every one did.

    ``best`` has the lowest grouped log loss of all. ``name`` is the best of those that a plan can
    ask for any R, F and T (the regressions); ``model`` is that one, fitted to all donors.
    """

    name: str
    best: str
    model: ReturnModel
    scores: tuple[Score, ...]
    donors: int
    returned: int
    repeated: int
    target: float

    def score(self, model: str, split: Split = "grouped") -> Score:
        """How a model did under a split."""
        return next(s for s in self.scores if (s.model, s.split) == (model, split))

    @property
    def holds(self) -> bool:
        """Whether the served model reaches the target, and beats the prior."""
        reached = self.score(self.name).log_loss
        return reached <= self.target and reached < self.score(PRIOR).log_loss


def choose(donors: Donors, settings: PropensitySettings) -> Choice:
    """Measure every competitor and fit the one that is served.

    Raises NotEnoughData with fewer returns, or fewer distinct donors, than folds.
    """
    groups = donors.groups()
    returned, distinct = int(donors.donated.sum()), len(np.unique(groups))
    fewest = min(returned, len(donors) - returned, distinct)
    if fewest < settings.folds:
        raise NotEnoughData(
            f"{len(donors)} donors, {returned} of whom returned, {distinct} distinct",
            expected=f"at least {settings.folds} of each outcome and as many distinct donors",
        )
    fits = candidates(settings.logistic_c, settings.seed)
    scores = tuple(
        measured(name, fit, donors, groups, split, settings)
        for split in ("grouped", "stratified")
        for name, fit in fits.items()
    )
    grouped = {s.model: s.log_loss for s in scores if s.split == "grouped"}
    name = min(SERVABLE, key=grouped.__getitem__)
    return Choice(
        name=name,
        best=min(grouped, key=grouped.__getitem__),
        model=servable(name, donors, settings.logistic_c),
        scores=scores,
        donors=len(donors),
        returned=returned,
        repeated=len(donors) - distinct,
        target=settings.target_log_loss,
    )


def measured(
    name: str,
    fit: Fit,
    donors: Donors,
    groups: npt.NDArray[np.int64],
    split: Split,
    settings: PropensitySettings,
) -> Score:
    """One competitor under one split, repeat by repeat.

    The AUC is the mean over the folds, log loss and Brier score are those of all donors.
    """
    rows, y = [], donors.donated
    for repeat in range(settings.repeats):
        chance, by_fold = np.empty(len(donors)), []
        for seen, asked in _folds(donors, groups, split, settings.folds, settings.seed + repeat):
            chance[asked] = fit(donors.take(seen))(donors.take(asked))
            by_fold.append(auc(y[asked], chance[asked]))
        rows.append((np.nanmean(by_fold), log_loss(y, chance), brier(y, chance)))
    table = np.array(rows)
    mean, sd = table.mean(axis=0).tolist(), _spread(table).tolist()
    return Score(name, split, mean[0], sd[0], mean[1], sd[1], mean[2], sd[2])


def _spread(table: Floats) -> Floats:
    found: Floats = table.std(axis=0, ddof=1) if len(table) > 1 else np.zeros(table.shape[1])
    return found


def _folds(
    donors: Donors, groups: npt.NDArray[np.int64], split: Split, folds: int, seed: int
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    kind = StratifiedGroupKFold if split == "grouped" else StratifiedKFold
    together = groups if split == "grouped" else None
    cut = kind(folds, shuffle=True, random_state=seed)
    yield from cut.split(donors.table(), donors.donated, together)
