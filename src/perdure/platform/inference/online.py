"""One entity, scored at once, with the very bits that batch scoring gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa

from perdure.kernel.decisions import Reason
from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.features import FeatureSet
from perdure.kernel.solution import Solution
from perdure.platform.features.materialise import features_table
from perdure.platform.features.online import OnlineStore
from perdure.platform.inference.batch import raw_and_answer, why
from perdure.platform.inference.population import refuse_other_features
from perdure.platform.inference.predictor import OpenModel, open_model
from perdure.platform.inference.reasons import Reasons
from perdure.platform.registry.registry import Registry, model_name
from perdure.platform.storage.project import Project
from perdure.platform.training.context import Predictor
from perdure.platform.training.tabular import TabularPredictor

Value = float | int | str | None


@dataclass(frozen=True, slots=True)
class ScoreAnswer:
    """The score of one entity. ``data_as_of`` is None when the features came with the question."""

    entity: str | None
    raw: float
    probability: float
    reasons: tuple[Reason, ...]
    model: str
    data_as_of: datetime | None


class OnlineScorer:
    """Scores single entities by the champion of a case; opened once, used for many answers.

    A promotion or rollback is followed at the next answer. Safe for use by several threads.
    """

    def __init__(self, project: Project, solution: Solution, case: str) -> None:
        self._project, self._solution, self._case = project, solution, case
        self._name = model_name(solution.name, case)
        self._registry = Registry(project)
        self._open: tuple[OpenModel, Reasons] | None = None

    def score(self, asked: str | Mapping[str, Value]) -> ScoreAnswer:
        """The score of an entity (looked up in the online store) or of given features.

        UsageError for an unknown entity, a missing or an unknown feature, or a value that is
        text where a number belongs.
        """
        made, reasons = self._champion()
        if isinstance(asked, str):
            row, entity = self._looked_up(asked), asked
            moment = row.pop("at")
            return self._answer(made, reasons, row, entity, moment)
        self._refuse_unknown(asked)
        return self._answer(made, reasons, dict(asked), None, None)

    @cached_property
    def _features(self) -> FeatureSet:
        settings = self._project.settings(self._solution)
        made: FeatureSet = self._solution.code("features")(settings, self._case)
        return made

    @cached_property
    def _store(self) -> OnlineStore:
        return OnlineStore(self._project.var / "online.sqlite")

    def _champion(self) -> tuple[OpenModel, Reasons]:
        found = self._registry.champion(self._name)
        if found is None:
            raise UsageError(
                f"{self._name} has no champion yet",
                hint=f"perdure run {self._solution.name} train",
            )
        if self._open is None or self._open[0].version.digest != found.digest:
            made = open_model(self._project, self._solution, found.reference)
            refuse_other_features(made, self._features)
            profiles = made.bundle.profiles()
            self._open = made, Reasons.of(self._features, profiles, solution=self._solution)
        return self._open

    def _labels(self, predictor: Predictor) -> tuple[str, ...]:
        if isinstance(predictor, TabularPredictor):
            return predictor.columns.categorical
        return self._features.categorical

    def _looked_up(self, entity: str) -> dict[str, Any]:
        row = self._store.get(features_table(self._solution.name, self._case), entity)
        if row is None:
            raise UsageError(
                f"nothing is known about {entity[:64]!r}",
                hint=f"perdure run {self._solution.name} features",
            )
        return dict(row)

    def _refuse_unknown(self, asked: Mapping[str, Value]) -> None:
        known = self._features.feature_names()
        for name in asked:
            if name not in known:
                raise UsageError(f"no feature named {name[:64]!r}", hint=did_you_mean(name, known))

    def _answer(
        self,
        made: OpenModel,
        reasons: Reasons,
        row: Mapping[str, Value],
        entity: str | None,
        moment: datetime | None,
    ) -> ScoreAnswer:
        table = one_row(row, made.predictor.inputs, self._labels(made.predictor))
        raw, answer = raw_and_answer(made.predictor, table)
        told = why(made.predictor, table, reasons)[0]
        return ScoreAnswer(entity, float(raw[0]), float(answer[0]), told, made.reference, moment)


def score_one(
    project: Project, solution: Solution, case: str, asked: str | Mapping[str, Value]
) -> ScoreAnswer:
    """The score of one entity or of given features; keep an :class:`OnlineScorer` for many."""
    return OnlineScorer(project, solution, case).score(asked)


def one_row(
    values: Mapping[str, Value], inputs: tuple[str, ...], categorical: tuple[str, ...]
) -> pa.Table:
    """The inputs of a model as a table of one row; every input must be there, None is a value."""
    if absent := [name for name in inputs if name not in values]:
        raise UsageError(
            f"{len(absent)} features are missing: {', '.join(absent[:5])}",
            expected="every input of the model; null where a value is not known",
        )
    columns = {}
    for name in inputs:
        value = values[name]
        if value is not None and isinstance(value, str) != (name in categorical):
            wanted = "text" if name in categorical else "a number"
            raise UsageError(f"'{name}' is {value!r:.40}", expected=wanted)
        kind = pa.string() if name in categorical else pa.float64()
        columns[name] = pa.array([value], kind)
    return pa.table(columns)
