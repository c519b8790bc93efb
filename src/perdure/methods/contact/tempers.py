"""How tired a donor is, as planning sees it: known, or inferred from the contact history alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.contact.actions import Bools, Floats, Ints
from perdure.methods.contact.world import MOST_FATIGUE

LEVELS = MOST_FATIGUE + 1


@dataclass(frozen=True, slots=True)
class Tempers:
    """m states of knowledge about fatigue.

    ``levels`` (m, 6) is the chance of each level, ``rest`` and ``contact`` (m, m) the chance of
    the state of knowledge after a month without and with a contact. The first is: rested.
    """

    levels: Floats
    rest: Floats
    contact: Floats

    def __len__(self) -> int:
        return len(self.levels)

    def after(self, temper: Ints, contacted: Ints | Bools) -> Ints:
        """The likeliest state of knowledge after a month, (n,)."""
        rest, contact = self.rest.argmax(axis=1), self.contact.argmax(axis=1)
        return np.asarray(np.where(contacted, contact[temper], rest[temper]))


def known(recovery: float) -> Tempers:
    """Fatigue is seen: six levels, one up with a contact, one down with chance ``recovery``.

    >>> known(0.5).rest[2].tolist()
    [0.0, 0.5, 0.5, 0.0, 0.0, 0.0]
    """
    one = np.eye(LEVELS)
    below = one[np.maximum(np.arange(LEVELS) - 1, 0)]
    above = one[np.minimum(np.arange(LEVELS) + 1, MOST_FATIGUE)]
    return Tempers(one, recovery * below + (1 - recovery) * one, above)


def inferred(recovery: float, tolerance: float = 0.02, most: int = 40) -> Tempers:
    """Fatigue is not seen: what the months with and without a contact tell about it.

    Every history of contacts leads to one distribution over the levels. Histories whose
    distributions differ by less than ``tolerance`` in every cumulative chance count as one; when
    ``most`` are found the next goes to the nearest. What a donation tells of fatigue is not used.
    """
    seen = known(recovery)
    beliefs: list[Floats] = [np.eye(LEVELS)[0]]
    moves: list[tuple[int, int]] = []
    place = 0
    while place < len(beliefs):
        rested, tired = beliefs[place] @ seen.rest, beliefs[place] @ seen.contact
        moves.append((_among(beliefs, rested, tolerance, most),
                      _among(beliefs, tired, tolerance, most)))  # fmt: skip
        place += 1
    one, (rest, contact) = np.eye(len(beliefs)), np.array(moves).T
    return Tempers(np.array(beliefs), one[rest], one[contact])


def _among(beliefs: list[Floats], new: Floats, tolerance: float, most: int) -> int:
    apart = np.abs(np.cumsum(np.array(beliefs) - new, axis=1)).max(axis=1)
    if apart.min() < tolerance or len(beliefs) >= most:
        return int(apart.argmin())
    beliefs.append(new)
    return len(beliefs) - 1
