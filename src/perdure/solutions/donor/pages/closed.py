"""Who may not be contacted by any channel at a moment, and the first reason why not."""

from __future__ import annotations

from collections import Counter

import numpy as np

from perdure.solutions.donor.eligibility import WORDS, Bools, DonorFacts, blocks, eligible
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.tables import CHANNELS

NO_CONSENT = "no consent on file for any channel"
_OF_OFFERS = frozenset(("incentive-not-allowed", "incentive-is-cash", "no-incentive"))
"""What closes incentives only: nobody is closed to every contact by it."""


def closed(
    facts: DonorFacts, settings: DonorSettings, case: str, at: np.datetime64
) -> tuple[tuple[str, int], ...]:
    """Reasons in words with the donors whom they close to every channel, most first.

    Each donor counts once, under the weightiest reason. The cap and the gap between contacts
    depend on what else is done and are not looked at here.
    """
    shut: Bools = np.asarray(~eligible(facts, settings, case, at)[:, 1:].any(axis=1))
    told: Counter[str] = Counter()
    for kind, held in _reasons(facts, settings, case, at):
        told[kind] += int((shut & held).sum())
        shut = np.asarray(shut & ~held)
    told[NO_CONSENT] += int(shut.sum())
    made = [(WORDS.get(kind, kind), many) for kind, many in told.items() if many]
    return tuple(sorted(made, key=lambda pair: (-pair[1], pair[0])))


def _reasons(
    facts: DonorFacts, settings: DonorSettings, case: str, at: np.datetime64
) -> list[tuple[str, Bools]]:
    """Each kind of block with the donors for whom it holds: those of all channels first."""
    whole: dict[str, Bools] = {}
    partly: dict[str, Bools] = {}
    for block in blocks(facts, settings, case):
        if block.kind not in _OF_OFFERS:
            kept = partly if block.channel in CHANNELS else whole
            kept[block.kind] = kept.get(block.kind, np.zeros(len(facts), bool)) | block.holds(at)
    return [*whole.items(), *partly.items()]
