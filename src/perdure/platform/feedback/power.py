"""How many are needed to see an effect, and which effect so many could see.

Two proportions, two-sided 5 %, power 80 % unless told otherwise (Fleiss, Levin and Paik,
Statistical Methods for Rates and Proportions, 2003, section 4.2). ``lift`` is relative: 0.25 on a
base of 2 % means 2.5 %. ``ratio`` is the number treated for each one held out.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from perdure.kernel.errors import UsageError

POWER = 0.8
LEVEL = 0.05


def needed(
    base: float, lift: float, *, ratio: float = 1.0, power: float = POWER, level: float = LEVEL
) -> tuple[int, int]:
    """How many must be treated and how many held out, to see ``lift`` with that power.

    >>> needed(0.022, 0.25)
    (12525, 12525)
    >>> needed(0.022, 0.25, ratio=9)
    (64681, 7187)
    """
    treated_rate = _checked(base, lift)
    if ratio <= 0 or not 0 < power < 1 or not 0 < level < 1:
        raise UsageError("ratio must be above 0, power and level between 0 and 1")
    far, near = (NormalDist().inv_cdf(p) for p in (1 - level / 2, power))
    mean = (base + ratio * treated_rate) / (1 + ratio)
    equal = far * math.sqrt(mean * (1 - mean) * (1 + 1 / ratio))
    apart = near * math.sqrt(base * (1 - base) + treated_rate * (1 - treated_rate) / ratio)
    held_out = ((equal + apart) / (treated_rate - base)) ** 2
    return math.ceil(ratio * held_out), math.ceil(held_out)


def power_of(
    base: float, lift: float, treated: int, held_out: int, *, level: float = LEVEL
) -> float:
    """The chance to see ``lift`` with so many treated and held out.

    >>> round(power_of(0.022, 0.25, 12_525, 12_525), 3)
    0.8
    """
    treated_rate = _checked(base, lift)
    if treated < 1 or held_out < 1:
        return 0.0
    mean = (base * held_out + treated_rate * treated) / (held_out + treated)
    equal = math.sqrt(mean * (1 - mean) * (1 / treated + 1 / held_out))
    apart = math.sqrt(base * (1 - base) / held_out + treated_rate * (1 - treated_rate) / treated)
    far = NormalDist().inv_cdf(1 - level / 2)
    return NormalDist().cdf((abs(treated_rate - base) - far * equal) / apart)


def detectable(
    base: float, treated: int, held_out: int, *, power: float = POWER, level: float = LEVEL
) -> float | None:
    """The smallest relative lift that so many would see with that power; None: not even doubling
    up to certainty would be seen.

    >>> round(detectable(0.022, 12_525, 12_525), 3)
    0.25
    """
    most = (1 - base) / base * (1 - 1e-9)
    if power_of(base, most, treated, held_out, level=level) < power:
        return None
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2
        enough = power_of(base, middle, treated, held_out, level=level) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high


def _checked(base: float, lift: float) -> float:
    treated_rate = base * (1 + lift)
    if not 0 < base < 1:
        raise UsageError(f"base rate {base} is not a rate", expected="above 0 and below 1")
    if not 0 <= treated_rate <= 1 or lift == 0:
        raise UsageError(
            f"a lift of {lift:+.0%} on {base:.1%} is not possible", expected="a rate of 0 to 1"
        )
    return treated_rate
