"""A model over the columns of a table: numbers and labels in, calibrated probability out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from perdure.kernel.errors import ContractError, IntegrityError, did_you_mean
from perdure.kernel.refs import load
from perdure.platform.training.context import Calibrator, Floats, Learner
from perdure.platform.training.profiles import is_label

MODEL = "model.json"
PACKAGES = ("perdure.methods",)


@dataclass(frozen=True, slots=True)
class InputColumn:
    """One input: a number (``labels`` None) or a label, whose code is its place in ``labels``."""

    name: str
    labels: tuple[str, ...] | None = None

    def numbers(self, values: pa.ChunkedArray) -> Floats:
        """The values as float64, NaN for missing and for labels that were not known."""
        if pa.types.is_null(values.type):
            return np.full(len(values), np.nan)
        if is_label(values.type) != (self.labels is not None):
            raise ContractError(
                f"'{self.name}' holds {values.type}",
                expected="text" if self.labels is not None else "numbers",
            )
        if self.labels is None:
            return _as_float(values, self.name)
        known = pa.array(self.labels, pa.string())
        codes = pc.index_in(pc.cast(values, pa.string()), value_set=known, skip_nulls=True)
        return _as_float(codes, self.name)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The columns that a model reads, in order, and how they become a matrix.

    >>> made = Inputs.of(pa.table({"claims": [1, None], "specialty": ["GP", "ENT"]}))
    >>> made.matrix(pa.table({"specialty": ["GP", "?"], "claims": [3, 4]}))
    array([[ 3.,  1.],
           [ 4., nan]])
    """

    columns: tuple[InputColumn, ...]

    @classmethod
    def of(cls, table: pa.Table, names: Sequence[str] | None = None) -> Inputs:
        """The inputs that a table shows; labels get their codes in alphabetical order."""
        made = []
        for name in names if names is not None else table.column_names:
            values = _column(table, name)
            labels = None
            if is_label(values.type):
                found = pc.unique(pc.drop_null(pc.cast(values, pa.string()))).to_pylist()
                labels = tuple(sorted(found))
            made.append(InputColumn(name, labels))
        return cls(tuple(made))

    @property
    def names(self) -> tuple[str, ...]:
        """The column names."""
        return tuple(column.name for column in self.columns)

    @property
    def categorical(self) -> tuple[str, ...]:
        """The names of the columns that hold labels."""
        return tuple(column.name for column in self.columns if column.labels is not None)

    def matrix(self, table: pa.Table) -> Floats:
        """The rows as float64 of shape (n, k); ContractError when a column is missing or wrong."""
        matrix = np.empty((table.num_rows, len(self.columns)))
        for j, column in enumerate(self.columns):
            matrix[:, j] = column.numbers(_column(table, column.name))
        return matrix


@dataclass(frozen=True, slots=True)
class TabularPredictor:
    """A fitted learner and calibrator over the columns of a table.

    A row's answer depends on that row alone: scored by itself or among millions, the same bits.
    """

    columns: Inputs
    learner: Learner
    calibrator: Calibrator

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that a table must have."""
        return self.columns.names

    def raw(self, table: pa.Table) -> Floats:
        """Log odds of each row before calibration, (n,)."""
        return self.learner.raw(self.columns.matrix(table))

    def calibrate(self, raw: Floats) -> Floats:
        """The probability that belongs to each raw score, (n,)."""
        return self.calibrator.predict(raw)

    def predict(self, table: pa.Table) -> Floats:
        """The calibrated probability of each row, (n,)."""
        return self.calibrate(self.raw(table))

    def contributions(self, table: pa.Table) -> tuple[tuple[str, ...], Floats, Floats]:
        """Feature names (k), effects (n, k) in log odds, base (n,); they add up to ``raw``."""
        effects, base = self.learner.contributions(self.columns.matrix(table))
        return self.inputs, effects, np.full(len(effects), base)

    def to_files(self) -> dict[str, bytes]:
        """Columns, learner and calibrator as files in native or JSON form."""
        form = {
            "form": "tabular",
            "columns": [asdict(column) for column in self.columns.columns],
            "learner": _reference(self.learner),
            "calibrator": _reference(self.calibrator),
        }
        files = {MODEL: json.dumps(form, indent=1).encode()}
        files |= {f"learner.{n}": data for n, data in self.learner.to_files().items()}
        files |= {f"calibrator.{n}": data for n, data in self.calibrator.to_files().items()}
        return files

    @classmethod
    def from_files(
        cls, files: Mapping[str, bytes], packages: Sequence[str] = PACKAGES
    ) -> TabularPredictor:
        """The predictor that ``to_files`` described.

        Learner and calibrator are named by reference; only classes of ``packages`` are accepted.
        """
        form = json.loads(files[MODEL])
        columns = tuple(
            InputColumn(c["name"], None if c["labels"] is None else tuple(c["labels"]))
            for c in form["columns"]
        )
        return cls(
            Inputs(columns),
            _class(form["learner"], packages).from_files(_named(files, "learner.")),
            _class(form["calibrator"], packages).from_files(_named(files, "calibrator.")),
        )


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise ContractError(
            f"the model needs a column '{name}'", hint=did_you_mean(name, table.column_names)
        )
    return table.column(name)


def _as_float(values: pa.ChunkedArray, name: str) -> Floats:
    if not (
        pa.types.is_integer(values.type)
        or pa.types.is_floating(values.type)
        or pa.types.is_boolean(values.type)
        or pa.types.is_decimal(values.type)
    ):
        raise ContractError(f"'{name}' holds {values.type}", expected="numbers or text")
    cast = pc.cast(values, pa.float64(), safe=False)
    return np.asarray(cast.to_numpy(zero_copy_only=False), np.float64)


def _reference(made: object) -> str:
    return f"{type(made).__module__}:{type(made).__qualname__}"


def _class(reference: str, packages: Sequence[str]) -> Any:
    module = reference.partition(":")[0]
    if not any(module == p or module.startswith(f"{p}.") for p in packages):
        raise IntegrityError(
            f"the model names code outside {', '.join(packages)}: {reference[:80]!r}"
        )
    return load(reference)


def _named(files: Mapping[str, bytes], prefix: str) -> dict[str, bytes]:
    return {n.removeprefix(prefix): data for n, data in files.items() if n.startswith(prefix)}
