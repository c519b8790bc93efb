"""Which brand of a molecule: the doctor's own counts, backed off to specialty and everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp

from perdure.methods.recommend.membership import Floats, Ints


@dataclass(frozen=True, slots=True)
class BrandChoice:
    """Dirichlet back-off doctor -> specialty -> global of ``P(brand | molecule)``.

    ``P_spec = (n_spec,b + 10 P(b | m)) / (n_spec,m + 10)``,
    ``P = (n_doctor,b + alpha P_spec) / (n_doctor,m + alpha)`` with ``alpha = 1``. ``molecule``
    gives the molecule of each brand (-1: not known; such a brand stands for itself).

    >>> brands = sp.csr_matrix(np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=np.float32))
    >>> made = BrandChoice.fit(brands, np.array([0, 0]), np.zeros(4, dtype=np.int64), 1,
    ...                        np.ones(4, dtype=np.float32))
    >>> own = np.array([[0, 3]], dtype=np.float32)
    >>> made.given_molecule(np.array([0]), own).argmax(), made.share.tolist()
    (np.int64(1), [0.75, 0.25])
    """

    molecule: Ints
    share: Floats
    of_specialty: Floats

    @classmethod
    def fit(
        cls, brands: sp.csr_matrix, molecule: Ints, specialty: Ints, specialties: int,
        weights: Floats, *, prior: float = 10.0,
    ) -> Self:  # fmt: skip
        """Count brands (visits, brands), recent visits more; ``specialty`` -1: not known."""
        every = _sum_by(molecule, np.asarray(brands.T @ weights).ravel()[None, :])
        share = _divided(*every)
        at = sp.csr_matrix(
            (weights * (specialty >= 0), (np.maximum(specialty, 0), np.arange(len(specialty)))),
            shape=(max(specialties, 1), len(specialty)),
        )
        count, whole = _sum_by(molecule, np.asarray((at @ brands).todense()))
        return cls(
            molecule,
            share[0].astype(np.float32),
            ((count + prior * share) / (whole + prior)).astype(np.float32),
        )

    def of(self, specialty: Ints) -> Floats:
        """``P_spec`` of each visit's specialty; everyone's where it is not known."""
        known = self.of_specialty[np.maximum(specialty, 0)]
        chosen = np.where((specialty >= 0)[:, None], known, self.share[None, :])
        return np.asarray(chosen, dtype=np.float32)

    def given_molecule(self, specialty: Ints, own: Floats, alpha: float = 1.0) -> Floats:
        """``P(brand | molecule)`` for doctors who chose brands ``own`` (n, brands) times before."""
        count, whole = _sum_by(self.molecule, own)
        return np.asarray((count + alpha * self.of(specialty)) / (whole + alpha), dtype=np.float32)

    def to_arrays(self) -> Mapping[str, np.ndarray]:
        """The learned state as arrays."""
        return {"molecule": self.molecule, "share": self.share, "specialty": self.of_specialty}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The choice that ``to_arrays`` described."""
        return cls(arrays["molecule"], arrays["share"], arrays["specialty"])


def _sum_by(molecule: Ints, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts of brands, and beside each the sum over the brands of its molecule."""
    rows, brands = count.shape
    group = np.where(molecule >= 0, molecule, molecule.max(initial=-1) + 1 + np.arange(brands))
    width = int(group.max(initial=0)) + 1
    target = (np.arange(rows)[:, None] * width + group[None, :]).ravel()
    whole = np.bincount(target, weights=count.ravel(), minlength=rows * width)
    return count, whole.reshape(rows, width)[:, group]


def _divided(count: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found = np.zeros(count.shape)
    np.divide(count, whole, out=found, where=whole > 0)
    return found
