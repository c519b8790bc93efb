"""What monitors hold later rows against: profiles of the training rows, and what each input weighs.

With several index dates the dates are the chunks of the reference: its variation from one to the
next is known. With one date it is not, and whole regions (or entities) are the chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from perdure.kernel.features import FeatureSet, FeatureView
from perdure.platform.training.contest import Contest
from perdure.platform.training.context import TrainingContext
from perdure.platform.training.evidence import SERVED
from perdure.platform.training.profiles import number_profile, profile_columns
from perdure.platform.training.settings import TrainingSettings
from perdure.platform.training.splits import entity_groups, region_groups

_CHUNKS = 10
_FEW_DATES = 2


def reference_profiles(
    context: TrainingContext,
    frame: pa.Table,
    contest: Contest,
    settings: TrainingSettings,
    effects: Mapping[str, float],
) -> dict[str, Any]:
    """Profiles of every row that was asked about, censored ones too: they are scored as well.

    ``effects`` are the mean sizes of what each input does to the score. ``periods`` says how many
    index dates there are, ``chunks`` in words what the chunks of the columns are.
    """
    made = context.feature_set
    names = [name for name in made.feature_names() if name in frame.column_names]
    periods, codes, words = _chunks(frame, settings)
    answered = contest.answered
    score = number_profile(
        pa.array(answered.probabilities[SERVED]), answered.cluster % _CHUNKS
    ).as_dict()
    return profile_columns(frame, names, codes, ages(made)) | {
        "periods": periods,
        "chunks": words,
        "effects": dict(effects),
        "score": score,
        "outcome": {"rows": len(answered.y), "positives": answered.positives},
    }


def ages(made: FeatureSet) -> frozenset[str]:
    """The features that hold days since something: they follow the lengths of months.

    >>> from perdure.kernel.features import Aggregation
    >>> view = FeatureView("v", "npi", "claims", (Aggregation("since", "recency", "days since"),))
    >>> sorted(ages(FeatureSet("demo", "npi", "physician", (view,))))
    ['since']
    """
    views = [made for made in made.declarations if isinstance(made, FeatureView)]
    since = [
        agg for view in views for agg in view.aggregations if agg.function in ("recency", "age")
    ]
    return frozenset(name for agg in since for name in agg.feature_names())


def _chunks(frame: pa.Table, settings: TrainingSettings) -> tuple[int, npt.NDArray[np.int64], str]:
    """How many dates there are, the chunk of each row, and what the chunks are."""
    dates, codes = np.unique(frame.column("at").to_numpy(), return_inverse=True)
    if len(dates) >= _FEW_DATES:
        return len(dates), codes.astype(np.int64), f"{len(dates)} index dates of the reference"
    if settings.region in frame.column_names:
        regions = pc.fill_null(pc.cast(frame.column(settings.region), pa.string()), "?").to_pylist()
        if len(set(regions)) >= _CHUNKS:
            groups = region_groups(regions, np.ones(len(regions)), _CHUNKS)
            return 1, groups, f"{_CHUNKS} groups of whole values of '{settings.region}'"
    entities = entity_groups(frame.column("entity").to_pylist(), _CHUNKS)
    return 1, entities, f"{_CHUNKS} random groups of entities"
