"""Several models as one: the weighted mean of their log odds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import IntegrityError
from perdure.methods.boosting import Boosting
from perdure.methods.logistic import Logistic
from perdure.methods.logit import probability

Floats = npt.NDArray[np.float64]
Member = Logistic | Boosting
KINDS: Mapping[str, type[Member]] = {"logistic": Logistic, "boosting": Boosting}


@dataclass(slots=True)
class Blend:
    """The mean of the members' log odds, each with its weight (equal weights when none given).

    Models that err in different ways (a line, trees) often beat each of them together. Effects
    and base are the same mean, so a blend explains itself as well as its members do.
    """

    members: tuple[Member, ...] = field(default_factory=lambda: (Logistic(), Boosting()))
    weights: tuple[float, ...] = ()

    def shares(self) -> tuple[float, ...]:
        """The weights, scaled to add up to one.

        >>> Blend(weights=(3, 1)).shares()
        (0.75, 0.25)
        """
        given = self.weights or (1.0,) * len(self.members)
        return tuple(weight / sum(given) for weight in given)

    def fit(
        self,
        X: Floats,
        y: Floats,
        *,
        names: Sequence[str],
        categorical: Sequence[str] = (),
        seed: int = 0,
    ) -> Self:
        """Fit every member on the same rows."""
        for member in self.members:
            member.fit(X, y, names=names, categorical=categorical, seed=seed)
        return self

    def raw(self, X: Floats) -> Floats:
        """Log odds of each row, (n,)."""
        total = np.zeros(len(X))
        for share, member in zip(self.shares(), self.members, strict=True):
            total += share * member.raw(X)
        return total

    def predict(self, X: Floats) -> Floats:
        """Probability of each row, (n,), before calibration."""
        return probability(self.raw(X))

    def contributions(self, X: Floats) -> tuple[Floats, float]:
        """Effects (n, k) and the base; they add up to ``raw``."""
        effects, base = np.zeros(X.shape), 0.0
        for share, member in zip(self.shares(), self.members, strict=True):
            part, part_base = member.contributions(X)
            effects += share * part
            base += share * part_base
        return effects, base

    def to_files(self) -> dict[str, bytes]:
        """The members' files, each under its member's prefix, and their kinds and weights."""
        names = {kind: name for name, kind in KINDS.items()}
        form: dict[str, Any] = {
            "members": [names[type(member)] for member in self.members],
            "weights": list(self.shares()),
        }
        files = {"blend.json": json.dumps(form).encode()}
        for i, member in enumerate(self.members):
            files |= {f"member{i}.{name}": data for name, data in member.to_files().items()}
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that ``to_files`` described."""
        form = json.loads(files["blend.json"])
        if unknown := set(form["members"]) - set(KINDS):
            raise IntegrityError(f"a blend of unknown kinds: {sorted(unknown)}")
        members = tuple(
            KINDS[kind].from_files(_named(files, f"member{i}."))
            for i, kind in enumerate(form["members"])
        )
        return cls(members, tuple(form["weights"]))


def _named(files: Mapping[str, bytes], prefix: str) -> dict[str, bytes]:
    return {n.removeprefix(prefix): data for n, data in files.items() if n.startswith(prefix)}
