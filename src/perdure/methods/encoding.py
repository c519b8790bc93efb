"""Labels as numbers: the smoothed outcome rate of each label, in log odds.

Labels come as codes 0, 1, 2, ... (NaN: missing or unknown), which never saw an outcome. A rate is
learnt from outcomes, so it must be fitted inside a fold; the rows it is fitted on get the rate of
the *other* parts of these rows, else each row would find its own outcome in itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from perdure.methods.logit import log_odds

Floats = npt.NDArray[np.float64]


def smoothed_log_odds(codes: Floats, y: Floats, levels: int, prior: float) -> Floats:
    """Log odds of each code's outcome rate, drawn to the mean as by ``prior`` extra mean rows.

    Shape (levels + 1,); the last entry serves missing and unknown codes.

    >>> smoothed_log_odds(np.array([0., 0., 1.]), np.array([1., 0., 0.]), 2, prior=0.0).round(2)
    array([  0.  , -27.63,  -0.69])
    """
    place = np.where(np.isnan(codes), levels, codes).astype(np.int64)
    mean = float(y.mean()) if y.size else 0.5
    rows = np.bincount(place, minlength=levels + 1)
    positive = np.bincount(place, y, minlength=levels + 1)
    safe = np.where(rows + prior > 0, rows + prior, 1.0)
    rate = np.where(rows + prior > 0, (positive + prior * mean) / safe, mean)
    return log_odds(rate)


def cross_fitted_log_odds(
    codes: Floats, y: Floats, levels: int, prior: float, parts: int = 5
) -> Floats:
    """For each fitting row, the smoothed log odds of its code learnt from the other parts.

    Row i belongs to part ``i % parts``; sort rows first if their order is not fixed.
    """
    part = np.arange(len(y)) % parts
    answer = np.empty(len(y))
    place = np.where(np.isnan(codes), levels, codes).astype(np.int64)
    for one in range(parts):
        others = part != one
        table = smoothed_log_odds(codes[others], y[others], levels, prior)
        answer[~others] = table[place[~others]]
    return answer
