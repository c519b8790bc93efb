"""Training sets: labels of everyone eligible beside their features, as a versioned table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from perdure.kernel.errors import NotEnoughData
from perdure.kernel.features import FeatureSet
from perdure.kernel.labels import LabelContract
from perdure.kernel.names import digest, slug
from perdure.platform.features.compute import compute_features
from perdure.platform.features.engines.duckdb import DuckSettings
from perdure.platform.features.labels import compute_labels
from perdure.platform.features.materialise import spec_digest
from perdure.platform.features.sources import Contracts, versions_of
from perdure.platform.storage.lake import Lake
from perdure.platform.storage.project import Project

_ABOUT_LABEL = ["entity", "at", "label", "label_state", "label_amount"]


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Labelled rows with their features, and exactly what they were made from."""

    lake: Lake
    table: str
    version: int
    inputs: Mapping[str, int]
    feature_digest: str
    label_digest: str
    index_dates: tuple[datetime, ...]
    as_of: datetime

    def frame(self) -> pa.Table:
        """All rows: entity, at, label (NULL when censored), label_state, label_amount, features.

        Sorted by ``at`` and ``entity``: a learner that is given the same rows learns the same.
        """
        return self.lake.read(self.table, self.version, order=("at", "entity"))


def build_training_set(
    project: Project,
    solution: str,
    case: str,
    feature_set: FeatureSet,
    label: LabelContract,
    contracts: Contracts,
    *,
    index_dates: Sequence[datetime],
    as_of: datetime,
    settings: DuckSettings | None = None,
) -> TrainingSet:
    """Everyone eligible at the index dates, with label (also censored) and features.

    Kept as table ``training.<solution>.<case>``; the same declarations, dates and table versions
    give the version that is there already. Raises :class:`NotEnoughData` when nobody is eligible.
    """
    name = f"training.{solution}.{slug(case)}"
    dates = tuple(sorted(set(index_dates)))
    inputs = versions_of(project, (*feature_set.sources(), label.source))
    key = digest(
        [spec_digest(feature_set), label.digest(), inputs, [str(d) for d in dates], str(as_of)]
    )
    version = project.lake.version_of(name, key)
    if version is None:
        labels = compute_labels(
            project, label, contracts, dates, as_of, versions=inputs, settings=settings
        )
        if not labels.num_rows:
            raise NotEnoughData(
                f"nobody is eligible at {len(dates)} index dates",
                where=f"label '{label.name}'",
                hint="check market, lookback and minimum of the label contract",
            )
        spine = labels.select(["entity", "at"])
        features = compute_features(
            project, feature_set, contracts, spine, versions=inputs, settings=settings
        )
        note = {"inputs": inputs, "rows": labels.num_rows}
        version = project.lake.replace(name, _beside(labels, features), key=key, note=note)
    return TrainingSet(
        project.lake, name, version, inputs, feature_set.digest(), label.digest(), dates, as_of
    )


def _beside(labels: pa.Table, features: pa.Table) -> pa.Table:
    # A feature may well be called "state" or "amount": what is about the label says so.
    labels = labels.rename_columns(_ABOUT_LABEL)
    for column in features.column_names[2:]:
        labels = labels.append_column(column, features[column])
    return labels
