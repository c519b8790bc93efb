"""The rule that a campaign manager would write down: by recency, each quarter or half-year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perdure.methods.contact.actions import INCENTIVE, NONE, SMS, Ints
from perdure.methods.contact.environment import Situation
from perdure.methods.contact.policies.policy import Forgetful


@dataclass(frozen=True)
class RecencyRule(Forgetful):
    """Recency of 3 to 14 months: an SMS each quarter; above: an incentive each half-year."""

    name: str = "rfm"

    def choose(self, seen: Situation) -> Ints:
        """By recency and by the month of the year."""
        quarter, half = seen.month % 3 == 0, seen.month % 6 == 0
        recent = (seen.recency >= 3) & (seen.recency <= 14) & quarter
        lapsed = (seen.recency > 14) & half
        return np.where(lapsed, INCENTIVE, np.where(recent, SMS, NONE))
