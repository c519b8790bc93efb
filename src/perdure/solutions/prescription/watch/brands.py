"""How far the brands of the molecules have moved: a system that suggests must not steer."""

from __future__ import annotations

import math
from collections.abc import Mapping

from perdure.platform.monitoring.drift import jensen_shannon
from perdure.solutions.prescription.watch.limits import FEWEST

Brands = Mapping[str, Mapping[str, int]]
"""Entries by molecule and brand."""


def moved(reference: Brands, now: Brands) -> tuple[float, dict[str, float]]:
    """Mean Jensen-Shannon divergence (bits) of the brand shares within each molecule, and by which.

    Molecules weigh by their entries now; those with few entries or one brand are left out. What
    chance alone would give is taken off, so that 0 stands for no change at any size.

    >>> before = {"m": {"a": 5000, "b": 5000}}
    >>> round(moved(before, {"m": {"a": 700, "b": 300}})[0], 3)
    0.03
    """
    total, weight, by = 0.0, 0, {}
    for molecule, counts in now.items():
        known = reference.get(molecule, {})
        brands = sorted(set(known) | set(counts))
        n, m = sum(counts.values()), sum(known.values())
        if n < FEWEST or m < FEWEST or len(brands) < 2:
            continue
        shares = [known.get(b, 0) for b in brands], [counts.get(b, 0) for b in brands]
        by[molecule] = jensen_shannon(*shares) ** 2 - _chance(len(brands), n, m)
        total, weight = total + n * by[molecule], weight + n
    return (total / weight if weight else math.nan), by


def _chance(brands: int, n: int, m: int) -> float:
    """The divergence of two samples of the same shares: chi-square over 8 ln 2 (Lin 1991)."""
    return (brands - 1) * (1 / n + 1 / m) / (8 * math.log(2))
