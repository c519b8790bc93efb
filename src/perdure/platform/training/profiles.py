"""Reference profiles: what the training rows looked like, small enough to live with the model.

A profile is counts in fixed bins, so that a monitor can compare any later rows with it and never
needs the training rows again. Counts of chunks of the reference are kept too: how much it varies
within itself is the yardstick for how much is too much.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Counts = npt.NDArray[np.int64]
MONTH_DAYS = 30.4375
_OFF_MONTH = 2.5
"""No whole number of calendar months is further than this from so many mean months."""
_MONTHLY = 0.95


@dataclass(frozen=True, slots=True)
class Profile:
    """One column: its bins and how many reference rows fell into each.

    A number has ``edges``: value v falls into bin ``searchsorted(edges, v, side="right")``, so
    k edges make k + 1 bins. A label has ``labels``: one bin each, then one for all others.
    The last count is always the missing values. ``chunks`` holds the counts of each chunk.
    With a ``grain`` values are counted in whole numbers of it: days in months, say.
    """

    kind: Literal["number", "label"]
    edges: tuple[float, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    chunks: tuple[tuple[int, ...], ...]
    median: float | None = None
    grain: float | None = None

    def bins(self) -> int:
        """How many counts there are, missing included."""
        return len(self.edges) + 2 if self.kind == "number" else len(self.labels) + 2

    def place(self, values: pa.ChunkedArray | pa.Array) -> Counts:
        """The bin of each value."""
        if self.kind == "number":
            return self.place_numbers(self.numbers(values))
        known = pc.index_in(
            pc.cast(values, pa.string()), value_set=pa.array(self.labels, pa.string())
        )
        codes = pc.fill_null(known, len(self.labels)).to_numpy(zero_copy_only=False)
        absent = pc.is_null(values).to_numpy(zero_copy_only=False)
        return np.where(absent, self.bins() - 1, codes).astype(np.int64)

    def numbers(self, values: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.float64]:
        """The values as they are counted: NaN where missing, in whole grains if there is one."""
        x = _numbers(values)
        return x if self.grain is None else np.round(x / self.grain)

    def place_numbers(self, x: npt.NDArray[np.float64]) -> Counts:
        """The bin of each value that ``numbers`` gave."""
        bins = np.searchsorted(np.array(self.edges), x, side="right")
        return np.where(np.isnan(x), self.bins() - 1, bins).astype(np.int64)

    def count(self, values: pa.ChunkedArray | pa.Array) -> Counts:
        """How many of the values fall into each bin; add up the answers of several batches."""
        return np.bincount(self.place(values), minlength=self.bins())

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Profile:
        """The profile that ``as_dict`` described."""
        return cls(
            kind=form["kind"],
            edges=tuple(form["edges"]),
            labels=tuple(form["labels"]),
            counts=tuple(form["counts"]),
            chunks=tuple(tuple(chunk) for chunk in form["chunks"]),
            median=form.get("median"),
            grain=form.get("grain"),
        )


def number_profile(
    values: pa.ChunkedArray | pa.Array,
    chunk: Counts | None = None,
    bins: int = 10,
    grain: float | None = None,
) -> Profile:
    """The profile of a number: bins that hold equally many reference rows.

    A value that fills more than a bin (a count that is mostly 0, a flag) gets a bin of its own,
    so that a change of its share shows. ``chunk`` says which chunk of the reference each row
    belongs to (0, 1, ...).

    >>> number_profile(pa.array([1., 2., 3., 4., None]), bins=2).counts
    (2, 2, 1)
    """
    x = Profile("number", (), (), (), (), grain=grain).numbers(values)
    seen = x[np.isfinite(x)]
    median = float(np.median(seen)) if seen.size else None
    bare = Profile("number", _edges(seen, bins), (), (), (), median, grain)
    return _counted(bare, values, chunk)


def age_grain(values: pa.ChunkedArray | pa.Array) -> float | None:
    """The grain of an age in days: a month where ages follow the calendar's months, else None.

    In monthly data the age of last month's row is 28 to 31 days, whatever happened; only the
    number of months says something.

    >>> age_grain(pa.array([28., 31., 59., 0.])), age_grain(pa.array([3., 12., 40.]))
    (30.4375, None)
    """
    x = _numbers(values)
    x = x[np.isfinite(x)]
    off = np.abs(x - MONTH_DAYS * np.round(x / MONTH_DAYS))
    monthly = x.any() and float(np.mean(off <= _OFF_MONTH)) >= _MONTHLY
    return MONTH_DAYS if monthly else None


def label_profile(
    values: pa.ChunkedArray | pa.Array, chunk: Counts | None = None, most: int = 50
) -> Profile:
    """The profile of a label: a bin for each of the ``most`` frequent ones, one for all others.

    >>> label_profile(pa.array(["GP", "GP", "ENT", None]), most=1).counts
    (2, 1, 1)
    """
    found = pc.value_counts(pc.drop_null(pc.cast(values, pa.string()))).to_pylist()
    ranked = sorted(found, key=lambda pair: (-pair["counts"], pair["values"]))
    labels = tuple(str(pair["values"]) for pair in ranked[:most])
    return _counted(Profile("label", (), labels, (), ()), values, chunk)


def profile_columns(
    table: pa.Table,
    names: Sequence[str],
    chunk: Counts | None = None,
    ages: Collection[str] = (),
) -> dict[str, Any]:
    """The profiles of several columns in JSON form, by name: ``{"rows": n, "columns": {...}}``.

    ``ages`` names the columns that hold days since something; see ``age_grain``.
    """
    columns = {}
    for name in names:
        values = table.column(name)
        if is_label(values.type):
            columns[name] = label_profile(values, chunk).as_dict()
        else:
            grain = age_grain(values) if name in ages else None
            columns[name] = number_profile(values, chunk, grain=grain).as_dict()
    return {"rows": table.num_rows, "columns": columns}


def is_label(dtype: pa.DataType) -> bool:
    """Whether a column holds labels (text), not numbers."""
    return bool(
        pa.types.is_string(dtype)
        or pa.types.is_large_string(dtype)
        or pa.types.is_string_view(dtype)
        or pa.types.is_dictionary(dtype)
    )


def _edges(seen: npt.NDArray[np.float64], bins: int) -> tuple[float, ...]:
    distinct = np.unique(seen)
    if len(distinct) <= bins:
        return (*map(float, distinct), *map(float, np.nextafter(distinct[-1:], np.inf)))
    cuts = np.quantile(seen, np.linspace(0, 1, bins + 1)[1:-1])
    found, times = np.unique(cuts, return_counts=True)
    own_bin = np.nextafter(found[times > 1], np.inf)
    return tuple(map(float, np.unique(np.concatenate([found, own_bin]))))


def _counted(bare: Profile, values: pa.ChunkedArray | pa.Array, chunk: Counts | None) -> Profile:
    place = bare.place(values)
    part = np.zeros(len(place), np.int64) if chunk is None else chunk
    parts = int(part.max(initial=0)) + 1
    flat = np.bincount(part * bare.bins() + place, minlength=parts * bare.bins())
    chunks = flat.reshape(parts, bare.bins())
    return Profile(
        bare.kind,
        bare.edges,
        bare.labels,
        tuple(map(int, chunks.sum(axis=0))),
        tuple(tuple(map(int, row)) for row in chunks),
        bare.median,
        bare.grain,
    )


def _numbers(values: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.float64]:
    cast = pc.cast(values, pa.float64(), safe=False)
    return np.asarray(cast.to_numpy(zero_copy_only=False), np.float64)
