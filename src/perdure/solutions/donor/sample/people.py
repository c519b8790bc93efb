"""The donors of the sample world: who they are, what they gave before it began, what they allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perdure.solutions.donor.eligibility import SEXES
from perdure.solutions.donor.rules.country import bundled

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

COUNTRIES = ("GB", "US", "CA")
_SHARES = (0.5, 0.3, 0.2)
CENTRES = 4
"""Donation centres in each country."""
_MONTH_WEEKS = 365.25 / 12 / 7
_AGREEING = (0.06, 0.12, 0.12, 0.70)
"""Shares of donors who agree to nothing, SMS only, e-mail only, everything."""


@dataclass(frozen=True)
class People:
    """One entry per donor in every array.

    ``sex`` is a place in ``SEXES``, ``country`` one in ``COUNTRIES``. ``recency``, ``donations``
    and ``time`` are R, F and T (months) at the start. ``agrees`` (n, 2): to SMS, to e-mail.
    ``rest`` is the number of months that must pass between two donations.
    """

    sex: Ints
    birth_year: Ints
    country: Ints
    centre: Ints
    recency: Ints
    donations: Ints
    time: Ints
    agrees: Bools
    rest: Ints

    def __len__(self) -> int:
        return len(self.sex)


def draw_people(rng: np.random.Generator, size: int, year: int) -> People:
    """``size`` donors; R, F and T are about as far apart as in UCI transfusion."""
    sex = 1 + (rng.random(size) < 0.5).astype(np.int64)
    country = rng.choice(len(COUNTRIES), size, p=_SHARES)
    donations = 1 + rng.negative_binomial(0.7, 0.7 / (0.7 + 4.5), size).astype(np.int64)
    recency = np.clip(rng.gamma(1.6, 6.0, size), 1, 40).astype(np.int64)
    rest = _rest()[country, sex]
    gaps = np.maximum(rng.gamma(2.0, 3.2, size), rest)
    time = recency + np.ceil((donations - 1) * gaps).astype(np.int64)
    answers = rng.choice(4, size, p=_AGREEING)
    return People(
        sex=sex,
        birth_year=year - rng.integers(19, 66, size),
        country=country,
        centre=rng.integers(0, CENTRES, size),
        recency=recency,
        donations=donations,
        time=time,
        agrees=np.column_stack([(answers & 1) > 0, (answers & 2) > 0]),
        rest=rest,
    )


def earlier_donations(people: People) -> tuple[Ints, Ints]:
    """Donors and months before the start (1: the last one) of what was given until then.

    The first donation is T months back, the last R, the others lie evenly between.
    """
    who = np.repeat(np.arange(len(people)), people.donations)
    ends = np.cumsum(people.donations)
    place = np.arange(len(who)) - np.repeat(ends - people.donations, people.donations)
    steps = np.maximum(people.donations[who] - 1, 1)
    span = people.time[who] - people.recency[who]
    return who, people.recency[who] + (span * place) // steps


def _rest() -> Ints:
    """Whole months between donations by country and sex, (countries, 3)."""
    weeks = [(bundled().of(code).whole_blood_weeks) for code in COUNTRIES]
    table = np.array([[max(w.male, w.female), w.female, w.male] for w in weeks])
    assert table.shape[1] == len(SEXES)  # noqa: S101 - the order of SEXES
    return np.ceil(table / _MONTH_WEEKS).astype(np.int64)
