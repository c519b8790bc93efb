"""Donors and their contact history, read from the columns that features and predictions have."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perdure.methods.contact.actions import Bools, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.tempers import Tempers

RFT = ("recency_months", "frequency", "time_months")


def contact_columns(months: int) -> tuple[str, ...]:
    """The features that count contacts back over 1, 2, ... months."""
    return tuple(f"contacts_{n}mo" for n in range(1, months + 1))


def temper_of(contacted: Bools, known: Tempers) -> Ints:
    """The state of knowledge after contacts (n, months), the latest month first.

    >>> from perdure.methods.contact.tempers import inferred
    >>> bool(temper_of(np.array([[False, False]]), inferred(0.5))[0] == 0)
    True
    """
    temper: Ints = np.zeros(len(contacted), np.int64)
    for month in reversed(range(contacted.shape[1])):
        temper = known.after(temper, contacted[:, month])
    return temper


def contacted_of(table: pa.Table, months: int) -> Bools:
    """Whether there was a contact 1, 2, ... months ago, from counts over 1, 2, ... months."""
    counts = [_number(table, name, 0.0) for name in contact_columns(months)]
    by_month = np.diff(np.column_stack([np.zeros(table.num_rows), *counts]), axis=1)
    return np.asarray(by_month > 0)


def donors_of(table: pa.Table) -> Donors:
    """Recency, donations and months of each row; who never gave counts as long ago and once."""
    recency, frequency, time = (_number(table, name, none) for name, none in zip(
        RFT, (24.0, 1.0, 0.0), strict=True))  # fmt: skip
    return Donors.of(recency, np.maximum(frequency, 1), time)


def _number(table: pa.Table, name: str, missing: float) -> npt.NDArray[np.float64]:
    values = table.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
    return np.where(np.isnan(values), missing, values)
