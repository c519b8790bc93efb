"""What the bench plays with: donors of a file, the world around them, and chance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from perdure.methods.contact.donors import Donors
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.world import ContactWorld
from perdure.solutions.donor.importers.transfusion import find
from perdure.solutions.donor.priors import priors
from perdure.solutions.donor.propensity.report import donors_of
from perdure.solutions.donor.settings import DonorSettings

HAZARD, MONTHS, DEFER = 0.5, 24, 2
"""The hazard turns the chance of the next drive into one month's: an assumption, swept by the
worlds."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Donors as the file has them, the nominal world fitted to them, donors to learn and to play.

    ``learn`` are for whoever learns by trial or distils, ``play`` for the measurement.
    """

    file: str
    settings: DonorSettings
    start: Donors
    world: ContactWorld
    learn: Donors
    play: Donors
    seed: int


def read_setting(path: Path, settings: DonorSettings, count: int, seed: int) -> Setting:
    """The setting of an RFMT file. Raises ContractError for a row that cannot be one."""
    labelled = donors_of(path, settings)
    start = Donors.of(labelled.recency, labelled.frequency, labelled.time)
    returns = ReturnModel.fit(start.recency, start.donations, labelled.time, labelled.donated)
    world = priors().world(returns, hazard=HAZARD, months=MONTHS, defer_months=DEFER)
    play, learn = (np.random.default_rng([seed, part]) for part in (0, 1))
    return Setting(
        find(path).name, settings, start, world,
        start.resampled(4000, learn), start.resampled(count, play), seed,
    )  # fmt: skip
