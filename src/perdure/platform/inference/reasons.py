"""Why a score is what it is, in words a representative understands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perdure.kernel.decisions import Reason
from perdure.kernel.features import FeatureSet
from perdure.kernel.solution import Solution
from perdure.platform.training.context import Explained
from perdure.platform.training.profiles import Profile

Value = float | str | None
Sentence = Callable[[str, Value, float | None, float | None], str | None]
"""A solution's own words: feature, value, and the shares of the training rows below and above."""

_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Reasons:
    """Makes the ``count`` strongest reasons of each row, strongest first.

    ``meanings`` gives the words for each feature (from the manifest), ``typical`` the median of
    the training rows beside which a number can be read. ``say`` is the solution's own sentence
    (the manifest's ``sentence``), told how the value stands among the training rows.
    """

    meanings: Mapping[str, str]
    typical: Mapping[str, float] = field(default_factory=dict)
    count: int = 3
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    say: Sentence | None = None

    @classmethod
    def of(
        cls,
        features: FeatureSet,
        profiles: Mapping[str, Any],
        count: int = 3,
        solution: Solution | None = None,
    ) -> Reasons:
        """From a feature set and the reference profiles that were stored with the model."""
        columns = profiles.get("columns", {})
        typical = {n: c["median"] for n, c in columns.items() if c.get("median") is not None}
        say = solution.code("sentence") if solution and solution.sentence else None
        known = {name: Profile.from_dict(form) for name, form in columns.items()} if say else {}
        return cls(features.meanings(), typical, count, known, say)

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
        if self.say and (own := self.say(feature, shown, *self._standing(feature, shown))):
            return Reason(feature, shown, effect, own)
        meaning = self.meanings.get(feature, feature.replace("_", " "))
        text = f"{meaning[:1].upper()}{meaning[1:]}: {_words(shown)}"
        if feature in self.typical and isinstance(shown, int | float):
            text += f" (typical {_words(self.typical[feature])})"
        return Reason(feature, shown, effect, text)

    def _standing(self, feature: str, value: Value) -> tuple[float | None, float | None]:
        """The shares of the training rows in bins below and above the value's own."""
        profile = self.profiles.get(feature)
        if profile is None or profile.kind != "number" or not isinstance(value, int | float):
            return None, None
        counts = np.array(profile.counts[:-1], np.float64)
        own = int(np.searchsorted(np.array(profile.edges), value, side="right"))
        whole = max(float(counts.sum()), 1.0)
        return float(counts[:own].sum()) / whole, float(counts[own + 1 :].sum()) / whole


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
