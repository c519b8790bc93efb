"""Intervals of proportions and of their differences; all 95 % unless ``z`` says otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` of ``n``, as a share with its interval; the share of nothing is None."""

    count: int
    n: int
    value: float | None
    low: float
    high: float


def rate(count: int, n: int) -> Rate:
    """The share and its Wilson interval.

    >>> found = rate(56, 70); round(found.low, 4), found.value, round(found.high, 4)
    (0.6918, 0.8, 0.877)
    """
    if not n:
        return Rate(0, 0, None, 0.0, 1.0)
    return Rate(count, n, count / n, *wilson(count, n))


def wilson(count: int, n: int, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927).

    >>> wilson(0, 10)[0]
    0.0
    """
    p, square = count / n, z * z
    middle = (p + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    low = 0.0 if count == 0 else max(0.0, middle - half)
    return low, 1.0 if count == n else min(1.0, middle + half)


def difference(count: int, n: int, other: int, m: int, z: float = Z) -> tuple[float, float]:
    """The interval of ``count / n - other / m``: Newcombe's hybrid of two Wilson intervals.

    Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10, and its example:

    >>> [round(end, 4) for end in difference(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    p, q = count / n, other / m
    (low, high), (other_low, other_high) = wilson(count, n, z), wilson(other, m, z)
    down = math.hypot(p - low, other_high - q)
    up = math.hypot(high - p, q - other_low)
    return p - q - down, p - q + up


def ratio(count: int, n: int, other: int, m: int, z: float = Z) -> tuple[float, float]:
    """The interval of ``(count / n) / (other / m)``; the upper end may be infinite.

    Two Wilson intervals joined by MOVER-R (Donner and Zou, Statistical Methods in Medical
    Research 21 (2012) 347-359).

    >>> low, high = ratio(56, 70, 48, 80); low < 0.8 / 0.6 < high
    True
    """
    p, q = count / n, other / m
    (low, high), (other_low, other_high) = wilson(count, n, z), wilson(other, m, z)
    product = p * q
    below = product**2 - low * other_high * (2 * p - low) * (2 * q - other_high)
    above = product**2 - high * other_low * (2 * p - high) * (2 * q - other_low)
    down = other_high * (2 * q - other_high)
    up = other_low * (2 * q - other_low)
    # With few events the divisor changes its sign, and at 0 the quotient has a limit.
    edge = low * (2 * p - low) / (2 * product) if product else 0.0
    least = (product - math.sqrt(max(0.0, below))) / down if abs(down) > 1e-12 else edge
    most = (product + math.sqrt(max(0.0, above))) / up if up > 0 else math.inf
    return max(0.0, least), most
