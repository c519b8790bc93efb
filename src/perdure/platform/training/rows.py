"""The rows that a classifier may learn from: labelled, in one fixed order, and none from later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from perdure.kernel.errors import ContractError, LeakageError, NotEnoughData
from perdure.platform.training.context import Floats
from perdure.platform.training.tabular import Inputs


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Rows with a known outcome, sorted by entity and index date.

    ``X`` (n, k) and ``y`` (n,) are what learners see; ``cluster`` numbers the entities 0, 1, ...;
    ``table`` holds every column of the same rows. ``censored`` rows were left out.
    """

    table: pa.Table
    inputs: Inputs
    X: Floats
    y: Floats
    entity: npt.NDArray[np.str_]
    at: npt.NDArray[np.datetime64]
    cluster: npt.NDArray[np.int64]
    censored: int

    def labels(self, column: str) -> npt.NDArray[np.str_]:
        """A label column as text; a missing value is ``"?"``."""
        values = pc.fill_null(pc.cast(self.table.column(column), pa.string()), "?")
        return np.asarray(values.to_numpy(zero_copy_only=False), np.str_)

    @property
    def positives(self) -> int:
        """How many rows have the outcome."""
        return int(self.y.sum())


def labelled_rows(frame: pa.Table, names: Sequence[str], fewest: int = 2) -> LabelledRows:
    """The rows of a training set (columns entity, at, label, features) that can be learnt from.

    The order in which rows come does not matter: they are sorted by (entity, at), which must be
    unique. Raises NotEnoughData below ``fewest`` rows of either outcome, and LeakageError when a
    row says of itself that it became known after its index date.
    """
    refuse_future(frame)
    known = frame.filter(pc.is_valid(frame.column("label")))
    table = known.sort_by([("entity", "ascending"), ("at", "ascending")]).combine_chunks()
    entity = np.asarray(table.column("entity").to_numpy(zero_copy_only=False), np.str_)
    at = table.column("at").cast(pa.timestamp("us")).to_numpy().astype("datetime64[us]")
    y = np.asarray(table.column("label").to_numpy(zero_copy_only=False), np.float64)
    _refuse_few(y, fewest)
    changed = entity[1:] != entity[:-1]
    if (~changed & (at[1:] == at[:-1])).any():
        twice = int(np.flatnonzero(~changed & (at[1:] == at[:-1]))[0])
        raise ContractError(f"the training set asks twice about one entity at {at[twice]}")
    inputs = Inputs.of(table, names)
    return LabelledRows(
        table=table,
        inputs=inputs,
        X=inputs.matrix(table),
        y=y,
        entity=entity,
        at=at,
        cluster=np.concatenate([[0], np.cumsum(changed)]).astype(np.int64),
        censored=frame.num_rows - table.num_rows,
    )


def refuse_future(frame: pa.Table, at: str = "at") -> None:
    """LeakageError when a ``known_at`` or ``event_time`` column holds a value later than ``at``.

    Checks every column whose name is, or ends with, one of these two words.
    """
    for name in frame.column_names:
        if name.endswith(("known_at", "event_time")):
            later = pc.fill_null(pc.greater(frame.column(name), frame.column(at)), False)
            if count := pc.sum(later).as_py() or 0:
                raise LeakageError(
                    f"{count} rows of '{name}' lie after their index date",
                    hint="features may use only rows known at the index date",
                )


def _refuse_few(y: Floats, fewest: int) -> None:
    if not np.isin(y, (0.0, 1.0)).all():
        raise ContractError("a label is neither 0 nor 1", expected="0, 1, or null when censored")
    positive, negative = int(y.sum()), int((1 - y).sum())
    if min(positive, negative) < fewest:
        raise NotEnoughData(
            f"{positive} positive and {negative} negative rows with a known outcome",
            expected=f"at least {fewest} of each",
            hint="add index dates, widen the outcome window, or wait for outcomes",
        )
