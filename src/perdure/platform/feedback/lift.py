"""What acting brought, against the hold-out: an interval, or "not knowable yet"."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from perdure.platform.feedback.power import POWER, detectable, needed, power_of
from perdure.platform.feedback.proportions import Rate, Z, difference, rate, ratio

Floats = npt.NDArray[np.float64]
_FEW = 10


@dataclass(frozen=True, slots=True)
class Lift:
    """The outcome rate of the treated against that of the hold-out, all decided upon counted.

    ``difference`` in rates and ``relative`` to the hold-out, each with its 95 % interval.
    ``adjusted``: the difference after taking out what the score foretold (CUPED), same interval.
    ``power``: the chance to see ``aim`` (a relative lift) with so many; ``needed`` treated and
    held out for 80 %; ``detectable``: the smallest relative lift that so many could see.
    """

    treated: Rate
    holdout: Rate
    aim: float
    difference: float | None = None
    low: float = -1.0
    high: float = 1.0
    relative: float | None = None
    relative_low: float | None = None
    relative_high: float | None = None
    adjusted: tuple[float, float, float] | None = None
    power: float = 0.0
    needed: tuple[int, int] | None = None
    detectable: float | None = None

    @property
    def knowable(self) -> bool:
        """Whether an effect of the size aimed at would be seen with so many."""
        return self.power >= POWER

    @property
    def verdict(self) -> str:
        """The one sentence that may be told."""
        if not self.knowable or self.difference is None:
            return self._not_yet()
        share = f"{self.difference:+.2%} ({self.low:+.2%} to {self.high:+.2%})"
        if self.low > 0:
            return f"acting raised the outcome by {share}"
        if self.high < 0:
            return f"acting lowered the outcome by {share}"
        return f"no difference is seen: {share}"

    def _not_yet(self) -> str:
        have = f"there are {self.treated.n:,} treated and {self.holdout.n:,} held out"
        if self.needed is None:
            return f"not knowable yet: no outcome is known so far; {have}"
        treated, held_out = self.needed
        return (
            f"not knowable yet: to see a lift of {self.aim:.0%} it needs {treated:,} treated and "
            f"{held_out:,} held out; {have}"
        )


def measure_lift(
    treated: npt.ArrayLike,
    holdout: npt.ArrayLike,
    *,
    aim: float,
    treated_score: npt.ArrayLike | None = None,
    holdout_score: npt.ArrayLike | None = None,
) -> Lift:
    """The lift from outcomes (0 or 1) of one row an entity; scores add the adjusted difference.

    >>> lift = measure_lift([1, 1, 0, 0], [1, 0, 0, 0], aim=0.25)
    >>> lift.difference, lift.knowable
    (0.25, False)
    """
    y, z = np.asarray(treated, np.float64), np.asarray(holdout, np.float64)
    ours, theirs = rate(int(y.sum()), len(y)), rate(int(z.sum()), len(z))
    lift = _with_power(Lift(ours, theirs, aim))
    if ours.value is None or theirs.value is None:
        return lift
    low, high = difference(ours.count, ours.n, theirs.count, theirs.n)
    lift = replace(lift, difference=ours.value - theirs.value, low=low, high=high)
    if theirs.count:
        low, high = ratio(ours.count, ours.n, theirs.count, theirs.n)
        lift = replace(
            lift,
            relative=ours.value / theirs.value - 1,
            relative_low=low - 1,
            relative_high=None if math.isinf(high) else high - 1,
        )
    if treated_score is None or holdout_score is None:
        return lift
    scores = (np.asarray(treated_score, np.float64), np.asarray(holdout_score, np.float64))
    return replace(lift, adjusted=cuped(y, z, *scores))


def cuped(
    treated: Floats, holdout: Floats, treated_score: Floats, holdout_score: Floats
) -> tuple[float, float, float] | None:
    """The difference in means with the part that the score foretold taken out, and its interval.

    ``y - theta (score - mean)`` with ``theta = cov(y, score) / var(score)`` over both arms (Deng,
    Xu, Kohavi and Walker, WSDM 2013). None with fewer than two rows in an arm, or one score.
    """
    if min(len(treated), len(holdout)) < 2:
        return None
    y = np.concatenate([treated, holdout])
    score = np.concatenate([treated_score, holdout_score])
    spread = float(np.var(score, ddof=1))
    theta = float(np.cov(y, score)[0, 1]) / spread if spread > 0 else 0.0
    ours = treated - theta * (treated_score - score.mean())
    theirs = holdout - theta * (holdout_score - score.mean())
    change = float(ours.mean() - theirs.mean())
    error = math.sqrt(ours.var(ddof=1) / len(ours) + theirs.var(ddof=1) / len(theirs))
    return change, change - Z * error, change + Z * error


def _with_power(lift: Lift) -> Lift:
    """The lift with the power for its aim, how many it needs, and what so many could see."""
    treated, holdout = lift.treated, lift.holdout
    # A handful of events in the hold-out says little about the base rate: both arms say more.
    count, n = holdout.count, holdout.n
    if count < _FEW:
        count, n = count + treated.count, n + treated.n
    if not 0 < count < n:
        return lift
    base = min(count / n, 0.999 / (1 + max(lift.aim, 0.0)))
    share = max(treated.n, 1) / max(holdout.n, 1)
    return replace(
        lift,
        power=power_of(base, lift.aim, treated.n, holdout.n),
        needed=needed(base, lift.aim, ratio=share),
        detectable=detectable(base, treated.n, holdout.n),
    )
