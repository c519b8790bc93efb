"""Tripwires against leakage: results too good to be true, before anyone believes them.

One harmless-looking column from the outcome year lifts the AUC of a conversion model from .85 to
.98. A column that ranks the outcome almost perfectly by itself is the usual culprit.
"""

from __future__ import annotations

import numpy as np

from perdure.kernel.evidence import Measured
from perdure.platform.training.context import Floats
from perdure.platform.training.metrics import auc
from perdure.platform.training.rows import LabelledRows

FEATURE = "feature:"
_ENOUGH = 100_000
_PARTS = 5


def single_feature_aucs(rows: LabelledRows) -> dict[str, float]:
    """How well each input ranks the outcome alone, in its better direction; best first.

    A number counts with its missing values at either end. A label counts by the outcome rate that
    it has in other fifths of the rows. Beyond 100,000 negative rows only every k-th is used: this
    leaves the expected AUC as it is.
    """
    use = _thinned(rows.y)
    X, y = rows.X[use], rows.y[use]
    labels = set(rows.inputs.categorical)
    found = {
        name: _label_auc(X[:, j], y) if name in labels else _number_auc(X[:, j], y)
        for j, name in enumerate(rows.inputs.names)
    }
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def tripwire_rows(case: str, rows: LabelledRows, most: int = 5) -> list[Measured]:
    """The ``most`` telling single features as evidence: method ``feature:NAME``, metric ``auc``."""
    found = list(single_feature_aucs(rows).items())[:most]
    return [Measured(case, f"{FEATURE}{name}", "auc", v, n=len(rows.y)) for name, v in found]


def _thinned(y: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    negatives = np.flatnonzero(y == 0)
    step = max(1, len(negatives) // _ENOUGH)
    return np.sort(np.concatenate([np.flatnonzero(y == 1), negatives[::step]]))


def _number_auc(x: Floats, y: Floats) -> float:
    filled = [x] if not np.isnan(x).any() else [np.nan_to_num(x, nan=e) for e in (-np.inf, np.inf)]
    each = [auc(y, values) for values in filled]
    return max(max(value, 1 - value) for value in each)


def _label_auc(codes: Floats, y: Floats) -> float:
    place = np.where(np.isnan(codes), np.nanmax(codes, initial=-1) + 1, codes).astype(np.int64)
    part, size = np.arange(len(y)) % _PARTS, int(place.max()) + 1
    cell = part * size + place
    rows = np.bincount(cell, minlength=_PARTS * size).reshape(_PARTS, size)
    positive = np.bincount(cell, y, minlength=_PARTS * size).reshape(_PARTS, size)
    # One mean row is added, so that a label seen in a single part says nothing there.
    rate = (positive.sum(axis=0) - positive + y.mean()) / (rows.sum(axis=0) - rows + 1)
    return auc(y, rate[part, place])
