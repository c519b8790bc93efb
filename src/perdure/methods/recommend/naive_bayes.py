"""Naive Bayes on words: which items go with the words of a note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp

from perdure.methods.recommend.membership import Floats, Membership


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

    prior: Floats
    likelihood: Floats

    @classmethod
    def fit(cls, words: Membership, items: sp.csr_matrix, weights: Floats) -> Self:
        """Count words (records, vocabulary) together with items (records, items)."""
        weighted = sp.csr_matrix(items.T @ sp.diags(weights))
        together = np.asarray((weighted @ words.matrix()).todense(), dtype=np.float32)
        count = np.asarray(weighted.sum(axis=1)).ravel()
        prior = np.log((count + 0.5) / max(float(weights.sum()), 1.0))
        total = together.sum(axis=1, keepdims=True) + 0.1 * words.width
        return cls(prior.astype(np.float32), np.log((together + 0.1) / total).T.copy())

    def scores(self, words: Membership) -> Floats:
        """Probabilities (records, items); a record without words gets the prior."""
        logs = np.asarray(words.matrix() @ self.likelihood) + self.prior
        logs -= logs.max(axis=1, keepdims=True)
        odds = np.exp(logs)
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float32)

    def to_arrays(self) -> Mapping[str, np.ndarray]:
        """The learned state as arrays."""
        return {"prior": self.prior, "likelihood": self.likelihood}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The model that ``to_arrays`` described."""
        return cls(arrays["prior"], arrays["likelihood"])
