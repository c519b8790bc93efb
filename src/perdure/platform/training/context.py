"""What a trainer is given and must give back, and what a trained model can do.

Nothing here knows about classifiers: a policy, a recommender or a response model has other
evidence and other predictions, and goes through the same registry and gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perdure.kernel.decisions import Reason
from perdure.kernel.evidence import Measured
from perdure.kernel.features import FeatureSet
from perdure.kernel.labels import LabelContract
from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.solution import Solution

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

Floats = npt.NDArray[np.float64]


class Predictor(Protocol):
    """A trained model, ready to answer for rows.

    ``predict`` gives one number a row, shape (n,): the calibrated probability, expected amount
    or value of the best action; a recommender gives one column an item, shape (n, m). The
    answer for a row depends on that row alone, to the last bit, whatever rows come with it.
    """

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that a table must have."""
        ...

    def predict(self, table: pa.Table) -> Floats:
        """The answer for each row."""
        ...


@runtime_checkable
class Explained(Predictor, Protocol):
    """A predictor that can say why: its raw score is a sum of effects of the inputs."""

    def raw(self, table: pa.Table) -> Floats:
        """The score before calibration, (n,), in log odds for a classifier."""
        ...

    def calibrate(self, raw: Floats) -> Floats:
        """The answer that belongs to each raw score: ``predict`` is ``calibrate`` of ``raw``."""
        ...

    def contributions(self, table: pa.Table) -> tuple[tuple[str, ...], Floats, Floats]:
        """Feature names (k), effects (n, k) and base (n,): effects and base add up to raw."""
        ...


@runtime_checkable
class Weighing(Predictor, Protocol):
    """A policy: beside its answer it says what each action is worth, and why in its own words."""

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions, the one that touches nobody first."""
        ...

    def values(self, table: pa.Table) -> Floats:
        """What each action is worth to each row, (n, actions); NaN where it is barred."""
        ...

    def why(self, table: pa.Table) -> list[tuple[Reason, ...]]:
        """The reasons of each row's best action, strongest first."""
        ...


class Learner(Protocol):
    """A method that learns from numbers: the form that ``perdure.methods`` estimators have.

    ``X`` is (n, k) float64 with NaN for missing; columns named in ``categorical`` hold codes
    0, 1, 2, ... of categories (NaN: missing or never seen).
    """

    def fit(
        self,
        X: Floats,
        y: Floats,
        *,
        names: Sequence[str],
        categorical: Sequence[str] = (),
        seed: int = 0,
    ) -> Self:
        """Learn from rows and their outcomes."""
        ...

    def raw(self, X: Floats) -> Floats:
        """The score of each row, (n,), in log odds."""
        ...

    def contributions(self, X: Floats) -> tuple[Floats, float]:
        """Effects (n, k) and the base: each row's effects and the base add up to its raw score."""
        ...

    def to_files(self) -> dict[str, bytes]:
        """The learned state as files in native or JSON form."""
        ...

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The learner that ``to_files`` described."""
        ...


class Calibrator(Protocol):
    """Turns raw scores into probabilities; ``perdure.methods.isotonic`` has this form."""

    def fit(self, raw: Floats, y: Floats) -> Self:
        """Learn from scores of rows that the learner did not see, and their outcomes."""
        ...

    def predict(self, raw: Floats) -> Floats:
        """The probability of each score."""
        ...

    def to_files(self) -> dict[str, bytes]:
        """The learned state as files."""
        ...

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The calibrator that ``to_files`` described."""
        ...


class TrainingTable(Protocol):
    """The training set as a trainer sees it: rows, and where exactly they came from.

    ``frame`` has the columns entity, at, label (null: censored), and the features.
    """

    @property
    def table(self) -> str:
        """The name of the lake table."""
        ...

    @property
    def version(self) -> int:
        """The version of the lake table."""
        ...

    @property
    def inputs(self) -> Mapping[str, int]:
        """The versions of the tables that it was made from."""
        ...

    @property
    def feature_digest(self) -> str:
        """SHA-256 of the feature declarations."""
        ...

    @property
    def label_digest(self) -> str:
        """SHA-256 of the label contract."""
        ...

    @property
    def index_dates(self) -> Sequence[datetime]:
        """The moments at which it was asked."""
        ...

    def frame(self) -> pa.Table:
        """All rows."""
        ...


@dataclass(frozen=True, slots=True)
class Champion:
    """The model in service, which a candidate is compared with on the same rows.

    ``seen_until`` is its last training index date: rows up to there are no fair comparison.
    """

    reference: str
    predictor: Predictor
    seen_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrainingContext:
    """All that a trainer needs; handed to the ``train`` function of a solution's manifest."""

    project: Project | None
    solution: Solution
    case: str
    settings: Any
    feature_set: FeatureSet
    label: LabelContract | None
    training_set: TrainingTable
    seed: int = 0
    progress: Progress = SILENT
    champion: Champion | None = None


@dataclass(slots=True)
class Candidate:
    """A trained model with the evidence about it, before anyone has judged it.

    ``files`` is the model itself (native formats or JSON). ``evidence`` holds measured values:
    the product as method ``served``, each baseline by its name, and paired differences as method
    ``served - NAME``. ``profiles`` describe the training rows for drift monitors, ``signature``
    the inputs and output, ``card`` the model card, ``smoke`` a few input rows that the model must
    be able to answer, and ``report`` tables for people (gain, calibration, slices).
    """

    files: dict[str, bytes]
    evidence: list[Measured]
    profiles: dict[str, Any]
    signature: dict[str, Any]
    card: dict[str, Any]
    smoke: pa.Table
    report: dict[str, Any] = field(default_factory=dict)
