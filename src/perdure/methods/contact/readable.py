"""A tree that people can read, with an action at every leaf, evaluated without any library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from perdure.methods.contact.actions import ACTIONS, Floats, Ints

FEATURES = ("recency", "donations", "months", "fatigue", "left", "chance")
"""Months since the last donation, donations, months since the first one, fatigue (known, or
expected from the contact history), months left in the plan, and the chance in percent to donate
this month without any contact."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Arrays over nodes, the root first; ``feature`` is -1 at a leaf.

    ``value`` (nodes, actions) is the share of situations at that node where each action is best,
    ``rows`` the share of all situations that came by.

    >>> Tree.leaf(np.array([0.7, 0.1, 0.2, 0.0])).choose(np.zeros((2, 6))).tolist()
    [0, 0]
    """

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    rows: Floats

    @classmethod
    def leaf(cls, value: Floats) -> Self:
        """The tree of one leaf."""
        none = np.array([-1])
        return cls(none, np.zeros(1), none, none, value[None, :], np.ones(1))

    @property
    def leaves(self) -> int:
        """How many leaves it has."""
        return int((self.feature < 0).sum())

    def place(self, X: Floats) -> Ints:
        """The leaf of each row, (n,) of node numbers."""
        node = np.zeros(len(X), np.int64)
        for _ in range(len(self.feature)):
            feature = self.feature[node]
            inner = feature >= 0
            if not inner.any():
                break
            less = X[np.arange(len(X)), np.maximum(feature, 0)] <= self.threshold[node]
            node = np.where(inner, np.where(less, self.left[node], self.right[node]), node)
        return node

    def choose(self, X: Floats) -> Ints:
        """The action of each row's leaf."""
        return np.asarray(self.value.argmax(axis=1)[self.place(X)], np.int64)

    def rules(self, names: Sequence[str] = FEATURES) -> Iterator[tuple[str, str, float]]:
        """Each leaf as (condition in words, action, share of situations), left to right."""
        yield from self._rules(0, [], tuple(names))

    def _rules(
        self, node: int, path: list[str], names: tuple[str, ...]
    ) -> Iterator[tuple[str, str, float]]:
        if self.feature[node] < 0:
            action = ACTIONS[int(self.value[node].argmax())]
            yield " and ".join(path) or "always", action, float(self.rows[node])
            return
        name, limit = names[self.feature[node]], self.threshold[node]
        yield from self._rules(int(self.left[node]), [*path, f"{name} <= {limit:g}"], names)
        yield from self._rules(int(self.right[node]), [*path, f"{name} > {limit:g}"], names)

    def to_dict(self) -> dict[str, Any]:
        """All arrays as lists, for JSON."""
        return {name: getattr(self, name).tolist() for name in self.__slots__}

    @classmethod
    def from_dict(cls, form: dict[str, Any]) -> Self:
        """The tree that ``to_dict`` wrote.

        Raises ValueError for arrays that do not fit together, or a node that points nowhere.
        """
        whole = {name: np.asarray(form[name], np.int64) for name in ("feature", "left", "right")}
        numbers = {n: np.asarray(form[n], np.float64) for n in ("threshold", "value", "rows")}
        nodes = len(whole["feature"])
        flat = [*whole.values(), numbers["threshold"], numbers["rows"]]
        if not nodes or any(held.shape != (nodes,) for held in flat):
            raise ValueError("the arrays of the tree differ in length")
        if not all(np.isfinite(held).all() for held in numbers.values()):
            raise ValueError("the tree holds numbers that are not finite")
        inner = whole["feature"] >= 0
        for side in ("left", "right"):
            ahead = whole[side][inner]
            if not ((ahead > np.arange(nodes)[inner]) & (ahead < nodes)).all():
                raise ValueError("a node of the tree points to no later node")
        if (whole["feature"] >= len(FEATURES)).any() or numbers["value"].shape != (nodes, 4):
            raise ValueError("the tree names a feature or an action that there is not")
        return cls(whole["feature"], numbers["threshold"], whole["left"], whole["right"],
                   numbers["value"], numbers["rows"])  # fmt: skip
