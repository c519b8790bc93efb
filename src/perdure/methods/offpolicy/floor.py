"""When a log says too little about a policy for a number to be given."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from perdure.methods.offpolicy.estimate import Estimate, Refusal
from perdure.methods.offpolicy.support import Support

_SURE = 4.0
_NOTABLE = 0.05


@dataclass(frozen=True, slots=True)
class Floor:
    """The least evidence: effective rows, their share of all, entities, and overlap.

    ``ess`` and ``share`` both bind: by default at least 100 effective rows and 1 % of the log.
    Fewer than 30 entities give no interval. ``overlap`` is the least share of the target policy's
    decisions that the log could have made; ``model_share`` the largest that a model alone may
    answer (Switch-DR), since a model's answer carries no interval.
    """

    ess: float = 100.0
    share: float = 0.01
    units: int = 30
    overlap: float = 0.999
    model_share: float = 0.5

    def of(self, n: int) -> float:
        """The least effective sample size of a log of n rows.

        >>> Floor().of(1_000), Floor().of(50_000)
        (100.0, 500.0)
        """
        return max(self.ess, self.share * n)


DEFAULT_FLOOR = Floor()


def judge(estimate: Estimate, floor: Floor = DEFAULT_FLOOR) -> Estimate | Refusal:
    """The estimate itself, or the refusal to give it, with every reason.

    >>> from perdure.methods.offpolicy.ips import ips
    >>> from perdure.methods.offpolicy.log import BanditLog
    >>> few = ips(BanditLog([0, 1] * 20, [1.0, 0.0] * 20, [0.5] * 40, [[1.0, 0.0]] * 40))
    >>> judge(few).words()
    'ips gives no number: the effective sample size is 20.0, below the floor of 100 (40 rows)'
    """
    reasons = tuple(_reasons(estimate, floor))
    return Refusal(estimate.method, reasons, estimate.support) if reasons else estimate


def _reasons(estimate: Estimate, floor: Floor) -> Iterator[str]:
    found, least = estimate.support, floor.of(estimate.support.n)
    if found.ess < least:
        yield (
            f"the effective sample size is {found.ess:,.1f}, below the floor of {least:,.0f} "
            f"({found.n:,} rows)"
        )
    if found.units < floor.units:
        yield f"{found.units} entities, below the floor of {floor.units}, carry no interval"
    yield from _overlap_reasons(found, floor)
    if (alone := estimate.parameters.get("model_share", 0.0)) > floor.model_share:
        yield f"{alone:.0%} of the policy's decisions are answered by the model alone"
    told = (estimate.value, estimate.se, estimate.low, estimate.high)
    if not all(map(math.isfinite, told)):
        yield "the estimate is not a number on these rows"


def _overlap_reasons(found: Support, floor: Floor) -> Iterator[str]:
    if found.overlap_known:
        if found.overlap < floor.overlap:
            yield (
                f"no overlap: {1 - found.overlap:.1%} of the policy's decisions are actions that "
                f"the log could not take"
            )
        return
    off = found.mean_weight - 1
    if abs(off) <= max(_SURE * found.mean_weight_se, _NOTABLE):
        return
    if off < 0:
        yield (
            f"no overlap: the mean weight is {found.mean_weight:.2f}, so about {-off:.0%} of the "
            "policy's decisions are actions that the log could not take"
        )
    else:
        yield (
            f"the mean weight is {found.mean_weight:.2f} where it should be 1: the logged "
            "propensities are not those that were used"
        )
