"""Names of contexts as 64-bit numbers: the same number for the same context, everywhere.

A context is "diagnosis 382 at a paediatrician", "this set of complaints", "women of 30 to 44". Its
number is made by mixing numbers (SplitMix64, Steele et al., 2014), so that nobody has to keep a
dictionary of all combinations. Among a million contexts two would share a number with a chance
of 3 in 100 million.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from perdure.methods.recommend.membership import Ints, Membership

Keys = npt.NDArray[np.uint64]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def mixed(values: npt.NDArray[np.generic] | int, *more: npt.NDArray[np.generic] | int) -> Keys:
    """One key of one or several whole numbers each; their order matters.

    >>> a = mixed(np.array([1, 2]), 7)
    >>> bool(a[0] == mixed(1, 7)[0]), bool(a[0] == mixed(7, 1)[0])
    (True, False)
    """
    key = _mix(np.atleast_1d(np.asarray(values)).astype(np.uint64))
    for value in more:
        key = _mix(key ^ _mix(np.atleast_1d(np.asarray(value)).astype(np.uint64) + _STEP))
    return key


def set_keys(sets: Membership) -> Keys:
    """One key for the whole set of each record, whatever the order of its items.

    >>> keys = set_keys(Membership.of([[1, 2], [2, 1], [1]], 3))
    >>> bool(keys[0] == keys[1]), bool(keys[0] == keys[2])
    (True, False)
    """
    parts = np.concatenate([[np.uint64(0)], np.cumsum(_mix(sets.indices.astype(np.uint64)))])
    # Sums of unsigned numbers wrap, so a difference of running sums is the sum of the span.
    return np.asarray(parts[sets.indptr[1:]] - parts[sets.indptr[:-1]], dtype=np.uint64)


def positions(keys: Keys, known: Keys) -> Ints:
    """Where each key stands in the sorted ``known``; -1 where it does not."""
    if not len(known):
        return np.full(len(keys), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, at, -1)


def _mix(z: Keys) -> Keys:
    z = z + _STEP
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)
