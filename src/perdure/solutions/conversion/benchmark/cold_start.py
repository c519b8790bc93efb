"""Cold start: how well is a brand ranked by a model that never saw an outcome of it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from perdure.kernel.evidence import Measured
from perdure.methods.pooled import PooledRanks
from perdure.platform.training.evidence import Answered, measure
from perdure.platform.training.rows import LabelledRows, labelled_rows
from perdure.solutions.conversion.benchmark.cases import _shown
from perdure.solutions.conversion.benchmark.material import CaseMaterial

METHOD = "cold-start"
COMMON = (
    "grad_year", "group_size", "practice_patients", "practice_claims", "practice_cost",
    "practice_brand_claims", "market_patients_12mo", "market_claims_12mo", "market_cost_12mo",
    "brand_share", "market_share", "market_cost_per_claim", "cost_per_claim", "lis_share",
    "mapd_share", "promotion_usd_12mo", "brand_promotion_usd_12mo", "brand_contacts_12mo",
    "peers_city", "peers_specialty_state", "peers_state", "peers_specialty", "peers_city_size",
    "peers_specialty_state_size",
)  # fmt: skip
"""Features that mean the same for every brand; finer ones only fit the brands they came from."""

_FEWEST = 2


def cold_start(cases: Sequence[CaseMaterial]) -> list[Measured]:
    """For each brand a model of the other brands, measured on all its rows (method ``cold-start``).

    Peers' adoption is known from the first writers on, so it is an input; the outcomes of the
    brand are not. Nothing is said with fewer than two brands.
    """
    usable = {case.name: rows for case in cases if (rows := _rows(case)) is not None}
    found: list[Measured] = []
    for case in cases:
        others = {n: (r.X, r.y) for n, r in usable.items() if n != case.name}
        if case.name in usable and others:
            case.material.progress.step(f"{case.name}: cold start from {len(others)} other brands")
            found += _measured(case, usable[case.name], PooledRanks().fit(others))
    return found


def _rows(case: CaseMaterial) -> LabelledRows | None:
    names = [name for name in COMMON if name in case.features.inputs()]
    labels = case.frame["label"].drop_null().to_numpy()
    if min((labels == 1).sum(), (labels == 0).sum()) < _FEWEST:
        return None
    return labelled_rows(case.frame, names, _FEWEST)


def _measured(case: CaseMaterial, rows: LabelledRows, model: PooledRanks) -> list[Measured]:
    settings = case.material.settings.training
    territory: npt.NDArray[np.str_] = rows.labels(settings.territory or "state")
    answered = Answered(
        case.name,
        rows.y,
        rows.cluster,
        {METHOD: model.raw(rows.X)},
        territory=territory,
        territory_name=settings.territory or "state",
    )
    return _shown(case.name, measure(answered, settings))
