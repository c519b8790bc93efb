"""Linear set completion: what has been entered adds up to what comes next, in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.linalg
import scipy.sparse as sp

from perdure.methods.recommend.membership import Floats, Ints


@dataclass(frozen=True, slots=True)
class Completion:
    """Scores that are sums of rows: ``score = sum of rows[feature] over the active features``.

    ``feature`` maps a context to its row of ``rows`` (-1: none); column ``j`` of ``rows`` scores
    item ``items[j]`` of ``width`` items, all others score 0. The rows that were added up are the
    explanation, exactly.
    """

    feature: Ints
    rows: Floats
    items: Ints
    width: int

    def scores(self, row: Ints, context: Ints, n: int) -> Floats:
        """(n, width) for records that stand in ``context`` (parallel arrays, sorted by ``row``)."""
        at = self.feature[context]
        known = at >= 0
        who, at = row[known], at[known]
        result = np.zeros((n, self.width), dtype=np.float32)
        if not len(at):
            return result
        if n == 1:
            result[0, self.items] = np.add.reduce(self.rows[at], axis=0)
            return result
        present, start = np.unique(who, return_index=True)
        result[np.ix_(present, self.items)] = np.add.reduceat(self.rows[at], start, axis=0)
        return result

    def parts(self, context: Ints, item: int) -> list[tuple[int, float]]:
        """What each context adds to the score of ``item``, largest first."""
        column = np.flatnonzero(self.items == item)
        if not len(column):
            return []
        at = self.feature[context]
        found = [
            (int(c), float(self.rows[a, column[0]]))
            for c, a in zip(context, at, strict=True)
            if a >= 0
        ]
        return sorted(found, key=lambda part: -abs(part[1]))

    def to_arrays(self) -> Mapping[str, np.ndarray]:
        """The learned state as arrays, rows in half precision."""
        return {
            "feature": self.feature.astype(np.int32), "rows": self.rows.astype(np.float16),
            "items": self.items.astype(np.int32), "width": np.array([self.width]),
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The completion that ``to_arrays`` described."""
        return cls(
            arrays["feature"].astype(np.int64), arrays["rows"].astype(np.float32),
            arrays["items"].astype(np.int64), int(arrays["width"][0]),
        )  # fmt: skip


def fit_ridge(
    contexts: sp.csr_matrix,
    items: sp.csr_matrix,
    weights: Floats,
    *,
    usable: Ints,
    fewest: int = 2,
    penalty: float = 30.0,
) -> Completion:
    """Ridge regression of every item that was seen ``fewest`` times on the ``usable`` contexts.

    ``W = (X'DX + penalty I)^-1 X'DY`` with D the visit weights. Source: SLIM/EASE family (Ning and
    Karypis 2011; Steck 2019), here with contexts in the place of items.

    >>> X = sp.csr_matrix(np.eye(2, dtype=np.float32).repeat(50, axis=0))
    >>> made = fit_ridge(X, X, np.ones(100, dtype=np.float32), usable=np.array([0, 1]))
    >>> made.scores(np.array([0]), np.array([1]), n=1).round(3).tolist()
    [[0.0, 0.625]]
    """
    seen = np.flatnonzero(np.asarray(items.sum(axis=0)).ravel() >= fewest)
    X = sp.csr_matrix(contexts[:, usable])
    weighted = sp.csr_matrix(sp.diags(weights) @ X)
    gram = np.asarray((X.T @ weighted).todense(), dtype=np.float32)
    gram[np.diag_indices_from(gram)] += penalty
    right = np.asarray((weighted.T @ items[:, seen]).todense(), dtype=np.float32)
    factor = scipy.linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    rows = scipy.linalg.cho_solve(factor, right, overwrite_b=True, check_finite=False)
    feature = _feature_map(contexts.shape[1], usable)
    return Completion(feature, np.ascontiguousarray(rows), seen, int(items.shape[1]))


def fit_ease(
    entries: sp.csr_matrix, weights: Floats, *, usable: Ints, penalty: float = 60.0
) -> Floats:
    """EASE on everything at once: B (k, k) with zero diagonal, ``B_ij = -P_ij / P_jj``.

    ``P = (J'DJ + penalty I)^-1`` over the ``usable`` columns of ``entries``: contexts and entered
    items together, so any part of a prescription predicts any other. Source: Steck, "Embarrassingly
    Shallow Autoencoders for Sparse Data", WWW 2019, equation 8.
    """
    J = sp.csr_matrix(entries[:, usable])
    gram = np.asarray((J.T @ sp.diags(weights) @ J).todense(), dtype=np.float32)
    gram[np.diag_indices_from(gram)] += penalty
    # LAPACK's potri inverts a factored symmetric matrix in place: half the work of a general one.
    factor, failed = scipy.linalg.lapack.spotrf(gram, lower=0, overwrite_a=1)
    if failed:
        raise np.linalg.LinAlgError("what is entered together is no positive definite matrix")
    inverse, _ = scipy.linalg.lapack.spotri(factor, lower=0, overwrite_c=1)
    inverse = np.triu(inverse) + np.triu(inverse, 1).T
    completed = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(completed, 0.0)
    return np.asarray(completed, dtype=np.float32)


def columns_of(completed: Floats, usable: Ints, contexts: int, targets: Ints) -> Completion:
    """The part of EASE that scores ``targets`` (context number of each item, -1: never scored)."""
    feature = _feature_map(contexts, usable)
    column = np.where(targets >= 0, feature[np.maximum(targets, 0)], -1)
    known = np.flatnonzero(column >= 0)
    rows = np.ascontiguousarray(completed[:, column[known]])
    return Completion(feature, rows, known, len(targets))


def _feature_map(contexts: int, usable: Ints) -> Ints:
    feature = np.full(contexts, -1, dtype=np.int64)
    feature[usable] = np.arange(len(usable))
    return feature
