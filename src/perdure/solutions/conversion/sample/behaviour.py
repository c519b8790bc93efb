"""The truth of the sample world: each physician's monthly chance of a first prescription."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perdure.solutions.conversion.sample.people import Floats, Ints, People
from perdure.solutions.conversion.sample.ties import Ties

DELAY = 4
"""Months until peers and contacts act. At any date the next four months are settled by then."""
TREATED_ODDS = 1.6
"""The monthly odds of a physician who is acted upon, against the same physician left alone."""
WRITES = 0.8
"""Chance that a writer writes the brand in a month; the month of conversion always has a claim."""
SEASON = 0.03
"""Swing of the log odds over a year. Small: a model that learnt from one quarter serves the next,
and the release gate should judge the model, not the quarter."""
GROWTH = 0.01
"""Rise of the log odds per month: a brand that becomes known makes up for those who write it
already, so that what the past teaches about the level of chances still holds."""
NEVER = 10_000


@dataclass(frozen=True)
class Brand:
    """How a brand enters the market: start, writers at the start, monthly base chance."""

    name: str
    writers: float
    base: float
    open: float
    volume: float
    peers: float
    felt: float
    breadth: float


BRANDS = (
    Brand("DEMOVEL", 0.05, 0.0060, open=1.05, volume=0.60, peers=3.0, felt=0.60, breadth=0.35),
    Brand("EXEMPLIX", 0.15, 0.0070, open=0.95, volume=0.75, peers=2.5, felt=0.45, breadth=0.30),
)
"""The brands that are cases of the sample; neither exists."""


@dataclass(frozen=True)
class Truth:
    """All that settles conversions of one brand.

    ``fixed`` is the log odds that does not change with time, ``draws`` the uniform numbers
    (months x physicians) against which chances are compared: the same ones whoever is treated,
    so that a treatment only ever adds conversions.
    """

    brand: Brand
    fixed: Floats
    felt: Floats
    draws: NDArray[np.float32]
    writer_at_start: NDArray[np.bool_]
    leaves: Ints


def settle(
    rng: np.random.Generator, brand: Brand, people: People, felt: Floats, months: int
) -> Truth:
    """Draw the truth of one brand; the level is set so that the mean chance is ``brand.base``."""
    volume = np.log(people.rate)
    breadth = (people.taste > 0).sum(axis=1) - 1.0
    score = (
        brand.open * people.openness
        + brand.volume * (volume - volume.mean()) / volume.std()
        + brand.breadth * breadth
        + rng.normal(0.0, 0.25, len(people))
    )
    start = score + rng.logistic(0.0, 1.0, len(people))
    return Truth(
        brand=brand,
        fixed=score + _level(score + brand.felt * np.log1p(felt[0]), brand.base),
        felt=felt,
        draws=rng.random((months, len(people)), dtype=np.float32),
        writer_at_start=start >= np.quantile(start, 1 - brand.writers),
        leaves=people.leaves,
    )


def _level(score: Floats, mean: float) -> float:
    """The constant that brings the mean chance to ``mean`` (bisection)."""
    low, high = -30.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _chance(score + middle).mean() < mean else (low, middle)
    return (low + high) / 2


def _chance(odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def run(
    truth: Truth,
    ties: Ties,
    treated: NDArray[np.bool_] | None = None,
    first: int = 0,
    last: int = -1,
) -> tuple[Ints, Floats]:
    """The month of each first prescription, and each month's chance (months x physicians).

    ``treated`` physicians have higher odds in the months ``first..last``. Writers at the start
    have month -1, those who never convert ``NEVER``.
    """
    months, size = truth.draws.shape
    began = np.where(truth.writer_at_start, -1, NEVER)
    chances = np.zeros((months, size))
    for month in range(months):
        seen = max(0, month - DELAY)
        odds = truth.fixed + truth.brand.felt * np.log1p(truth.felt[seen])
        odds += truth.brand.peers * ties.share((began <= month - DELAY).astype(np.float64))
        odds += SEASON * np.sin(2 * np.pi * month / 12) + GROWTH * month
        if treated is not None and first <= month <= last:
            odds = odds + np.log(TREATED_ODDS) * treated
        chances[month] = _chance(odds) * (month < truth.leaves)
        converts = (began == NEVER) & (truth.draws[month] < chances[month])
        began = np.where(converts, month, began)
    return began.astype(np.int64), chances


def chance_of_event(chances: Floats, leaves: Ints, month: int, gap: int, window: int) -> Floats:
    """P(a prescription in the outcome window | no prescription known at the end of ``month``).

    A prescription of ``month`` itself is not known yet at its end, so a hidden start there and
    one in the gap count too: such a writer writes in each later month with chance ``WRITES``.
    """
    outcome = np.arange(month + gap + 1, month + gap + window + 1)
    before = np.prod(1 - chances[month : month + gap + 1], axis=0)
    within = 1 - np.prod(1 - chances[outcome], axis=0)
    practising = (outcome[:, None] < leaves[None, :]).sum(axis=0)
    again = 1 - (1 - WRITES) ** practising
    return np.asarray((1 - before) * again + before * within)
