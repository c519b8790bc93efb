"""Everyone who may be asked about at a moment, scored into a versioned table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from perdure.kernel.errors import StoreError
from perdure.kernel.features import FeatureSet
from perdure.kernel.names import digest, slug
from perdure.kernel.solution import Solution
from perdure.platform.features.labels import compute_eligible
from perdure.platform.features.materialise import PARTITION, features_table
from perdure.platform.features.sources import versions_of
from perdure.platform.inference.batch import SCORES, Scoring, dataset_batches
from perdure.platform.inference.predictor import OpenModel, open_model
from perdure.platform.inference.reasons import Reasons
from perdure.platform.storage.project import Project
from perdure.platform.training.profiles import is_label

_EXPLAIN_ALL = 200_000
_CONSTANTS = ("model", "run", "scored_at")


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of everyone eligible at one moment: which table and version hold them, by what."""

    table: str
    version: int
    rows: int
    at: datetime
    model: str
    features_version: int

    @property
    def partition(self) -> str:
        """The value of ``index_date`` in the table."""
        return f"{self.at:%Y-%m-%d}"


def predictions_table(solution: str, case: str) -> str:
    """The name of the table that holds the scores of a case.

    >>> predictions_table("conversion", "VOLTAREN")
    'predictions.conversion.voltaren'
    """
    return f"predictions.{solution}.{slug(case)}"


def score_population(
    project: Project,
    solution: Solution,
    case: str,
    at: datetime,
    reference: str,
    run: str = "",
    *,
    features_version: int | None = None,
) -> Scored:
    """Score everyone eligible at ``at`` from the features that were materialised for it.

    Writes one partition of ``predictions.<solution>.<case>``: entity, at, ``raw``,
    ``probability``, ``reasons`` (JSON), ``model``, ``run``, ``scored_at`` (ISO text), every
    feature that is a label (territory, specialty, ...) and ``index_date``. The same model on the
    same features writes nothing twice. Memory is bounded by the batch.
    """
    settings = project.settings(solution)
    features: FeatureSet = solution.code("features")(settings, case)
    made = open_model(project, solution, reference)
    refuse_other_features(made, features)
    asked = _asked(project, solution, settings, case, at, features_version)
    scoring = _scoring(project, solution, made, features, asked, run)
    table = predictions_table(solution.name, case)
    written = project.lake.replace_partition(
        table,
        scoring.stream(asked.batches(scoring.columns()), asked.dataset.schema),
        partition={PARTITION: asked.partition},
        key=digest([made.version.digest, asked.inputs, at.isoformat()]),
        note={"model": made.reference, "inputs": asked.inputs, PARTITION: asked.partition},
    )
    found = project.lake.dataset(table, written)
    rows = found.count_rows(filter=pads.field(PARTITION) == asked.partition)
    return Scored(table, written, rows, at, made.reference, asked.version)


def score_rows(
    project: Project,
    solution: Solution,
    case: str,
    at: datetime,
    reference: str,
    run: str = "",
    *,
    features_version: int | None = None,
) -> pa.Table:
    """The columns that :func:`score_population` would write by that model, and nothing written.

    Without reasons: nobody acts upon them.
    """
    settings = project.settings(solution)
    features: FeatureSet = solution.code("features")(settings, case)
    made = open_model(project, solution, reference)
    refuse_other_features(made, features)
    asked = _asked(project, solution, settings, case, at, features_version)
    scoring = replace(_scoring(project, solution, made, features, asked, run), reasons=None)
    return scoring.stream(asked.batches(scoring.columns()), asked.dataset.schema).read_all()


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who is asked about: the rows of the features table, and the versions that decided it."""

    dataset: pads.Dataset
    version: int
    rows: pads.Expression
    count: int
    partition: str
    inputs: Mapping[str, int]

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        return dataset_batches(self.dataset, columns, self.rows)

    def labels(self, names: Sequence[str]) -> list[str]:
        """Those of the columns that hold text, for people to see and for territories."""
        schema, taken = self.dataset.schema, {*SCORES.names, *_CONSTANTS, PARTITION}
        return [
            n
            for n in names
            if n in schema.names and is_label(schema.field(n).type) and n not in taken
        ]


def _asked(
    project: Project,
    solution: Solution,
    settings: Any,
    case: str,
    at: datetime,
    features_version: int | None,
) -> _Asked:
    """Rows of the moment, and only those that the label contract asks about."""
    source, partition = features_table(solution.name, case), f"{at:%Y-%m-%d}"
    version = project.lake.version(source) if features_version is None else features_version
    dataset, rows = project.lake.dataset(source, version), pads.field(PARTITION) == partition
    if not (count := dataset.count_rows(filter=rows)):
        raise StoreError(
            f"no features of {solution.name} / {case} at {partition}",
            hint=f"perdure run {solution.name} features --as-of {partition}",
        )
    inputs = {source: version}
    if solution.label:
        label = solution.code("label")(settings, case)
        inputs |= versions_of(project, [label.source])
        eligible = compute_eligible(
            project, label, project.contracts(solution), [at], versions=inputs
        )
        rows &= pads.field("entity").isin(pc.unique(eligible.column("entity")))
    return _Asked(dataset, version, rows, count, partition, inputs)


def _scoring(
    project: Project,
    solution: Solution,
    made: OpenModel,
    features: FeatureSet,
    asked: _Asked,
    run: str,
) -> Scoring:
    profiles = made.bundle.profiles()
    moment = project.clock.now().isoformat(timespec="seconds")
    constants = dict(zip(_CONSTANTS, (made.reference, run, moment), strict=True))
    return Scoring(
        made.predictor,
        keep=("entity", "at", *asked.labels(features.feature_names())),
        constants={**constants, PARTITION: asked.partition},
        reasons=Reasons.of(features, profiles, solution=solution),
        explain_from=float("-inf") if asked.count <= _EXPLAIN_ALL else _top_fifth(profiles),
    )


def _top_fifth(profiles: Mapping[str, Any]) -> float:
    """The score that a fifth of the training rows reached: nobody acts upon the rest."""
    edges = profiles.get("score", {}).get("edges", ())
    return float(edges[-2]) if len(edges) >= 2 else float("-inf")


def refuse_other_features(made: OpenModel, features: FeatureSet) -> None:
    """StoreError when the model was trained on other feature declarations than the present ones."""
    if made.version.feature_digest != features.digest():
        raise StoreError(
            f"{made.reference} was trained on other feature declarations than the present ones",
            hint=f"perdure run {made.version.name.partition('/')[0]} train",
        )


def scored_rows(project: Project, scored: Scored) -> pa.Table:
    """The rows of one scoring, best first (probability, then raw score, then entity)."""
    dataset = project.lake.dataset(scored.table, scored.version)
    rows = dataset.to_table(filter=pads.field(PARTITION) == scored.partition)
    return rows.sort_by(
        [("probability", "descending"), ("raw", "descending"), ("entity", "ascending")]
    )
