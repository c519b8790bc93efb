"""Naive Bayes on words: which items go with the words of a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from perdure.methods.recommend.membership import Floats, Ints, Membership, spans

SMOOTHING = 0.1


@dataclass(frozen=True, slots=True)
class NaiveBayes:
    """Multinomial Naive Bayes of items on words; probabilities by softmax over the items.

    ``log((n_item + .5) / N) + sum over words of log((n_item,word + .1) / (sum + .1 V))``. Source:
    seed 004, "Naive Bayes Models"; smoothing as in the reference figures.

    >>> words = Membership.of([[0], [0], [1]], 2)
    >>> items = Membership.of([[0], [0], [1]], 2).matrix()
    >>> made = NaiveBayes.fit(words, items, np.ones(3, dtype=np.float32))
    >>> made.scores(Membership.of([[1]], 2)).argmax()
    np.int64(1)
    """

    indptr: Ints
    indices: Ints
    evidence: Floats
    prior: Floats
    unseen: Floats

    @classmethod
    def fit(cls, words: Membership, items: sp.csr_matrix, weights: Floats) -> Self:
        """Count words (records, vocabulary) together with items (records, items)."""
        weighted = sp.csr_matrix(items.T @ sp.diags(weights))
        together = sp.csr_matrix((weighted @ words.matrix()).T)
        together.sort_indices()
        count = np.asarray(weighted.sum(axis=1)).ravel()
        prior = np.log((count + 0.5) / max(float(weights.sum()), 1.0))
        total = np.asarray(together.sum(axis=0)).ravel() + SMOOTHING * max(words.width, 1)
        # log((n + s) / total) = log(s / total) + log(1 + n / s): only seen words are kept.
        return cls(
            together.indptr.astype(np.int64), together.indices.astype(np.int64),
            np.log1p(together.data / SMOOTHING).astype(np.float32), prior.astype(np.float32),
            np.log(SMOOTHING / total).astype(np.float32),
        )  # fmt: skip

    def scores(self, words: Membership) -> Floats:
        """Probabilities (records, items); a record without words gets the prior."""
        return softmax(self.logs(words))

    def logs(self, words: Membership) -> npt.NDArray[np.float64]:
        """The same before they are made to add up to 1 (records, items): logarithms."""
        n, width = len(words), len(self.prior)
        sizes = self.indptr[words.indices + 1] - self.indptr[words.indices]
        at = spans(self.indptr[words.indices], sizes)
        target = np.repeat(words.rows * width, sizes) + self.indices[at]
        seen = np.bincount(target, weights=self.evidence[at], minlength=n * width)
        return np.asarray(
            seen.reshape(n, width) + self.prior + words.sizes[:, None] * self.unseen, np.float64
        )

    def to_arrays(self) -> Mapping[str, np.ndarray]:
        """The learned state as arrays."""
        return {
            "indptr": self.indptr, "indices": self.indices.astype(np.int32),
            "evidence": self.evidence.astype(np.float16), "prior": self.prior,
            "unseen": self.unseen,
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The model that ``to_arrays`` described."""
        return cls(
            arrays["indptr"], arrays["indices"].astype(np.int64),
            arrays["evidence"].astype(np.float32), arrays["prior"], arrays["unseen"],
        )  # fmt: skip


def softmax(logs: npt.NDArray[np.float64]) -> Floats:
    """Probabilities of each row from their logarithms, which are shifted in place.

    >>> softmax(np.log([[1.0, 3.0]])).tolist()
    [[0.25, 0.75]]
    """
    logs -= logs.max(axis=1, keepdims=True)
    odds = np.exp(logs)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float32)


def words_side_by_side(parts: Sequence[NaiveBayes]) -> NaiveBayes:
    """Models of the same words as one, whose items stand one model's after the other's.

    Its logarithms are theirs; probabilities are to be taken of each model's items alone.
    """
    joint = sp.hstack(
        [sp.csr_matrix((one.evidence, one.indices, one.indptr),
                       shape=(len(one.indptr) - 1, len(one.prior))) for one in parts],
        format="csr", dtype=np.float32,
    )  # fmt: skip
    return NaiveBayes(
        joint.indptr.astype(np.int64), joint.indices.astype(np.int64), joint.data,
        np.concatenate([one.prior for one in parts]),
        np.concatenate([one.unseen for one in parts]),
    )  # fmt: skip
