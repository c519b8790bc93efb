"""Recency-Frequency counts: how often an item was entered in a context, older visits less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from perdure.methods.recommend.membership import Floats, Ints, spans


def age_weights(age_months: Floats, half_life: float) -> Floats:
    """The weight of a visit of that age: ``0.5 ** (age / half_life)``.

    >>> age_weights(np.array([0, 24], dtype=np.float32), 24).tolist()
    [1.0, 0.5]
    """
    return np.asarray(0.5 ** (age_months / half_life), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class ActiveContexts:
    """Which known contexts each record stands in: parallel arrays, ``group`` says of which kind."""

    row: Ints
    group: Ints
    context: Ints


@dataclass(frozen=True, slots=True)
class RecencyFrequency:
    """Shares ``RF_c(item) = sum_v w_v [c in v][item in v] / sum_v w_v [c in v]`` by context.

    Row ``c`` of the compressed matrix holds the items of context ``c`` with their shares, and
    ``weight[c]`` how much evidence the context has (visits, weighted by age). Source: seed 004,
    "Recency Frequency Models".

    >>> contexts = sp.csr_matrix(np.array([[1, 0], [1, 1]], dtype=np.float32))
    >>> items = sp.csr_matrix(np.array([[1, 0], [1, 1]], dtype=np.float32))
    >>> rf = RecencyFrequency.fit(contexts, items, np.array([1, 1], dtype=np.float32))
    >>> one = ActiveContexts(np.array([0]), np.array([0]), np.array([0]))
    >>> rf.scores(one, n=1, groups=1)[0][0, 0].tolist()
    [1.0, 0.5]
    """

    indptr: Ints
    indices: npt.NDArray[np.integer]
    share: Floats
    weight: Floats
    items: int

    @classmethod
    def fit(cls, contexts: sp.csr_matrix, items: sp.csr_matrix, weights: Floats) -> Self:
        """Count: ``contexts`` (visits, contexts) and ``items`` (visits, items) are 0/1."""
        weighted = sp.csr_matrix(contexts.T @ sp.diags(weights))
        evidence = np.asarray(weighted.sum(axis=1)).ravel().astype(np.float32)
        counted = sp.csr_matrix(weighted @ items)
        counted.sort_indices()
        sizes = np.diff(counted.indptr)
        share = counted.data / np.repeat(np.maximum(evidence, 1e-9), sizes)
        return cls(
            counted.indptr.astype(np.int64), counted.indices.astype(np.int64),
            share.astype(np.float32), evidence, int(items.shape[1]),
        )  # fmt: skip

    def scores(self, active: ActiveContexts, n: int, groups: int) -> tuple[Floats, Floats]:
        """Mean shares (n, groups, items) of the active contexts, and mean evidence (n, groups).

        A group without a known context is all zero, with evidence 0.
        """
        cell = active.row * groups + active.group
        count = np.bincount(cell, minlength=n * groups)
        sizes = self.indptr[active.context + 1] - self.indptr[active.context]
        at = spans(self.indptr[active.context], sizes)
        target = np.repeat(cell * self.items, sizes) + self.indices[at]
        value = self.share[at] / np.repeat(count[cell], sizes)
        dense = np.bincount(target, weights=value, minlength=n * groups * self.items)
        evidence = np.bincount(cell, weights=self.weight[active.context], minlength=n * groups)
        mean = evidence / np.maximum(count, 1)
        return (
            dense.astype(np.float32).reshape(n, groups, self.items),
            mean.astype(np.float32).reshape(n, groups),
        )

    def to_arrays(self) -> Mapping[str, np.ndarray]:
        """The learned state as arrays."""
        return {
            "indptr": self.indptr, "indices": self.indices.astype(np.int32),
            "share": self.share.astype(np.float16), "weight": self.weight,
            "items": np.array([self.items]),
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The counts that ``to_arrays`` described."""
        return cls(
            arrays["indptr"].astype(np.int64), arrays["indices"].astype(np.int32),
            arrays["share"].astype(np.float32), arrays["weight"], int(arrays["items"][0]),
        )  # fmt: skip
