"""A world: how donors answer to contacts, month by month, with every number open to change.

The effects of contacts cannot be learned from donation records, which hold no contacts: they are
priors from published trials, or estimates from the user's own randomised log. Whoever shows a
value that depends on them says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from perdure.methods.contact.actions import ACTIONS, Bools, Floats, Ints
from perdure.methods.contact.propensity import ReturnModel

MOST_FATIGUE = 5
MOST_RECENCY = 24
MOST_DONATIONS = 25
MOST_MONTHS = 125
_LARGEST_OPT_OUT = 0.5


@dataclass(frozen=True, slots=True)
class ContactWorld:
    """The response of donors to contacts.

    With recency R, donations F, months T since the first donation, and fatigue f::

        odds(R, F, T, a, f) = hazard * p / (1 - hazard * p) * exp(shift)
                              * exp(effect[a] * exp(-fading * f)) * u
        donates  ~ odds / (1 + odds) where R >= defer_months, else never
        opts out ~ min(.5, opt_out[a] * (1 + f)^1.5 * (1 if R >= defer_months else 2))
        reward   = donated - cost[a] - displaced[a] * donated - opt_out_loss * opted out
        f        -> min(f + 1, 5) after a contact, else max(f - 1, 0) with chance ``recovery``

    ``p`` is the return probability at the next drive, ``hazard`` turns it into one month's,
    ``shift`` moves everybody's log odds, ``effect`` are log odds ratios by action, ``u`` is
    lognormal with mean 1 and log-sd ``heterogeneity``, fixed for a donor. Costs and
    losses are in donations. Source: reference simulator of the donor subject; numbers without a
    trial behind them are assumptions.
    """

    returns: ReturnModel
    hazard: float = 0.5
    effect: tuple[float, ...] = (0.0, log(1.35), log(1.15), log(1.9))
    fading: float = 0.45
    opt_out: tuple[float, ...] = (0.0, 0.008, 0.003, 0.006)
    cost: tuple[float, ...] = (0.0, 0.02, 0.004, 0.02)
    displaced: tuple[float, ...] = (0.0, 0.0, 0.0, 0.3)
    opt_out_loss: float = 0.5
    recovery: float = 0.5
    defer_months: int = 2
    heterogeneity: float = 0.0
    shift: float = 0.0
    months: int = 24

    def __post_init__(self) -> None:
        tables = (self.effect, self.opt_out, self.cost, self.displaced)
        if any(len(table) != len(ACTIONS) for table in tables):
            raise ValueError(f"every table of a world needs {len(ACTIONS)} numbers, one an action")
        if not 0 < self.hazard <= 1 or not 0 <= self.recovery <= 1 or self.months < 1:
            raise ValueError("hazard and recovery are shares, months at least 1")

    def base_log_odds(
        self, recency: npt.ArrayLike, donations: npt.ArrayLike, months: npt.ArrayLike
    ) -> Floats:
        """The log odds of donating in one month without any contact; shapes broadcast."""
        p = self.hazard / (1 + np.exp(-self.returns.log_odds(recency, donations, months)))
        odds: Floats = np.log(p) - np.log1p(-p) + self.shift
        return odds

    def lift(self) -> Floats:
        """What a contact adds to the log odds, (actions, fatigue levels)."""
        faded = np.exp(-self.fading * np.arange(MOST_FATIGUE + 1))
        return np.outer(self.effect, faded)

    def leaving(self) -> Floats:
        """The chance to opt out, (actions, fatigue levels, 2): deferred donors, then eligible."""
        tired = (1.0 + np.arange(MOST_FATIGUE + 1)) ** 1.5
        chance = np.outer(self.opt_out, tired)[..., None] * np.array([2.0, 1.0])
        return np.asarray(np.minimum(chance, _LARGEST_OPT_OUT))

    def eligible(self, recency: Ints) -> Bools:
        """Who may donate, and so may be contacted at all."""
        return np.asarray(recency >= self.defer_months)

    def worth(self) -> Floats:
        """What a donation is worth after the action's displacement, (actions,)."""
        return 1.0 - np.asarray(self.displaced)
