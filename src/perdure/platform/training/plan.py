"""Which split a training set allows: rolling origin where dates do, else groups held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import ConfigError, did_you_mean
from perdure.platform.training.rows import LabelledRows
from perdure.platform.training.settings import TrainingSettings
from perdure.platform.training.splits import (
    Plan,
    entity_groups,
    grouped_plan,
    region_groups,
    rolling_plan,
)


def make_plan(rows: LabelledRows, settings: TrainingSettings, span_months: int) -> Plan:
    """How rows are split.

    ``span_months`` is the time from an index date until its outcome is complete. With one index
    date, or with dates closer than that, the groups are regions when the settings name a region
    column with enough values, and entities otherwise.
    """
    entities = entity_groups(rows.entity.tolist(), settings.folds, settings.seed)
    if rolling := rolling_plan(rows.at.tolist(), entities, span_months):
        return rolling
    if settings.region:
        regions = label_column(rows, settings.region, "region")
        if len(np.unique(regions)) >= settings.folds:
            groups = region_groups(regions.tolist(), rows.y, settings.folds)
            words = f"{settings.folds} groups of {settings.region}, each asked about unseen"
            return replace(grouped_plan(groups, words), by_region=True)
    return grouped_plan(entities, f"{settings.folds} groups of entities, each asked about unseen")


def drawn_together(
    rows: LabelledRows, plan: Plan, settings: TrainingSettings
) -> npt.NDArray[np.int64]:
    """The code of what an interval draws as a whole: a region where regions were held out.

    Physicians of one state share payers and promotion; drawn one by one they would look
    independent, and the interval would come out too narrow. Elsewhere: all rows of an entity.
    """
    if not (plan.by_region and settings.region):
        return rows.cluster
    regions = label_column(rows, settings.region, "region")
    return np.unique(regions, return_inverse=True)[1].astype(np.int64)


def label_column(rows: LabelledRows, name: str, setting: str) -> npt.NDArray[np.str_]:
    """The column that a training setting names, as text; ConfigError when there is none."""
    if name not in rows.table.column_names:
        raise ConfigError(
            f"training.{setting} names the column '{name}', which the training set does not have",
            hint=did_you_mean(name, rows.table.column_names),
        )
    return rows.labels(name)
