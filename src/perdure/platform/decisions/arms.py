"""Chance, drawn so that it can be drawn again: hold-out arms and stochastic policies.

Every draw is a keyed hash of who and what, not a random number: the same entity falls into the
same arm of an experiment in each run, on each machine, whoever else is asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def units(names: Iterable[str], key: str) -> Floats:
    """A number in [0, 1) for each name, uniform over names and fixed for name and ``key``.

    >>> float(units(["1234567890"], "trial").round(7)[0])
    0.2758592
    """
    secret = hashlib.sha256(key.encode()).digest()
    drawn = b"".join(
        hashlib.blake2b(name.encode(), key=secret, digest_size=8).digest() for name in names
    )
    # 53 bits fill a double exactly: the largest is still below 1.
    return (np.frombuffer(drawn, dtype=">u8") >> np.uint64(11)).astype(np.float64) * 2.0**-53


def held_out(
    entities: Iterable[str], share: float, experiment: str, salt: str
) -> npt.NDArray[np.bool_]:
    """Which entities are in the hold-out of an experiment; a larger share only adds to it."""
    return np.asarray(units(entities, f"{salt}\n{experiment}") < share)


def epsilon_soft(values: Floats, allowed: npt.NDArray[np.bool_], epsilon: float) -> Floats:
    """Chances (n, k) of a policy that takes the best allowed action, but any with ``epsilon``.

    Each row needs one allowed action at least (the null action always is).

    >>> epsilon_soft(np.array([[1.0, 2.0, 9.0]]), np.array([[True, True, False]]), 0.1)
    array([[0.05, 0.95, 0.  ]])
    """
    best = np.argmax(np.where(allowed, values, -np.inf), axis=1)
    chances = epsilon * allowed / allowed.sum(axis=1, keepdims=True)
    chances[np.arange(len(best)), best] += 1 - epsilon
    return np.asarray(chances)


def choose(
    entities: Iterable[str], chances: Floats, allowed: npt.NDArray[np.bool_], key: str
) -> tuple[npt.NDArray[np.intp], Floats]:
    """The action drawn for each entity from its chances (n, k), and the propensity of the draw.

    Actions that are not allowed get no chance; the others share it in proportion.

    >>> mask = np.array([[True, False]])
    >>> choose(["a"], np.array([[0.5, 0.5]]), mask, "march")
    (array([0]), array([1.]))
    """
    masked = np.where(allowed, chances, 0.0)
    masked = masked / masked.sum(axis=1, keepdims=True)
    reached = np.cumsum(masked, axis=1)
    drawn = units(entities, key)[:, None] * reached[:, -1:]
    # The first action whose running sum exceeds the draw; one without chance never does so first.
    chosen = np.argmax(reached > drawn, axis=1)
    return chosen, masked[np.arange(len(chosen)), chosen]
