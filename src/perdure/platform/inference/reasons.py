"""Why a score is what it is, in words a representative understands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perdure.kernel.decisions import Reason
from perdure.kernel.features import FeatureSet
from perdure.platform.training.context import Explained

_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Reasons:
    """Makes the ``count`` strongest reasons of each row, strongest first.

    ``meanings`` gives the words for each feature (from the manifest), ``typical`` the median of
    the training rows beside which a number can be read.
    """

    meanings: Mapping[str, str]
    typical: Mapping[str, float] = field(default_factory=dict)
    count: int = 3

    @classmethod
    def of(cls, features: FeatureSet, profiles: Mapping[str, Any], count: int = 3) -> Reasons:
        """From a feature set and the reference profiles that were stored with the model."""
        columns = profiles.get("columns", {})
        typical = {n: c["median"] for n, c in columns.items() if c.get("median") is not None}
        return cls(features.meanings(), typical, count)

    def of_rows(self, predictor: Explained, table: pa.Table) -> list[tuple[Reason, ...]]:
        """The reasons of every row; a feature without any effect is no reason."""
        if not table.num_rows:
            return []
        names, effects, _ = predictor.contributions(table)
        best = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, : self.count]
        columns = {j: table.column(names[j]).to_pylist() for j in np.unique(best)}
        return [
            tuple(
                self.reason(names[j], columns[j][i], float(effects[i, j]))
                for j in places
                if effects[i, j] != 0.0
            )
            for i, places in enumerate(best)
        ]

    def reason(self, feature: str, value: float | str | None, effect: float) -> Reason:
        """One reason: the meaning of the feature, its value, and what is typical."""
        shown = None if isinstance(value, float) and value != value else value
        meaning = self.meanings.get(feature, feature.replace("_", " "))
        text = f"{meaning[:1].upper()}{meaning[1:]}: {_words(shown)}"
        if feature in self.typical and isinstance(shown, int | float):
            text += f" (typical {_words(self.typical[feature])})"
        return Reason(feature, shown, effect, text)


def as_json(reasons: tuple[Reason, ...]) -> str:
    """The reasons of one row as a JSON list of ``{feature, value, effect, text}``.

    >>> as_json((Reason("claims", 3.0, 0.5, "Claims: 3"),))
    '[{"feature": "claims", "value": 3.0, "effect": 0.5, "text": "Claims: 3"}]'
    """
    return json.dumps(
        [
            {"feature": r.feature, "value": _finite(r.value), "effect": r.effect, "text": r.text}
            for r in reasons
        ],
        ensure_ascii=False,
    )


def from_json(text: str) -> tuple[Reason, ...]:
    """The reasons that ``as_json`` wrote."""
    return tuple(Reason(r["feature"], r["value"], r["effect"], r["text"]) for r in json.loads(text))


def blank(rows: int) -> npt.NDArray[np.object_]:
    """``rows`` times no reason."""
    return np.full(rows, "[]", dtype=object)


def _words(value: float | str | None) -> str:
    """A value as people write it: no noise digits, thousands set apart."""
    if value is None:
        return "not known"
    if isinstance(value, str):
        return value
    if not np.isfinite(value):
        return str(value)
    if float(value).is_integer() or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{_DIGITS}g}"


def _finite(value: float | str | None) -> float | str | None:
    return None if isinstance(value, float) and not np.isfinite(value) else value
