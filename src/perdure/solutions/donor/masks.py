"""The donor tables and country rules as restrictions of the one decision point.

Consent, opt-outs, deferrals, the interval between donations, haemoglobin and ferritin, and
incentives where they are not allowed. The platform looks at them at every decision and again
before the action; the cap, the gap and quiet hours it knows itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from perdure.platform.decisions.restrictions import CONSENT, SCHEMA
from perdure.solutions.donor.eligibility import FOREVER, Block, Bools, DonorFacts, blocks
from perdure.solutions.donor.facts import read_facts
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.tables import CHANNELS

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project


def restrictions(
    project: Project,
    settings: DonorSettings,
    case: str,
    at: datetime,
    entities: Sequence[str],
) -> pl.DataFrame:
    """Restrictions and consents of these donors: the columns that the decision point reads.

    Raises LimitError when they cannot be told, e.g. without the table of deferrals.
    """
    return rows_of(read_facts(project, settings, at, entities), settings, case, at, entities)


def rows_of(
    facts: DonorFacts,
    settings: DonorSettings,
    case: str,
    at: datetime,
    entities: Sequence[str],
) -> pl.DataFrame:
    """The blocks that hold or will, and the consents on file, one row each."""
    names, now = pl.Series("entity", entities, dtype=pl.String), np.datetime64(at, "us")
    parts = [_rows(b, names, b.until > now) for b in blocks(facts, settings, case)]
    for j, channel in enumerate(CHANNELS):
        since = facts.consent_since[:, j]
        given = Block(CONSENT, channel, since, np.where(np.isnat(since), since, FOREVER))
        parts.append(_rows(given, names, ~np.isnat(since)))
    return pl.concat(parts)


def _rows(block: Block, names: pl.Series, whom: Bools) -> pl.DataFrame:
    place = np.flatnonzero(whom & ~np.isnat(block.starts))
    return pl.DataFrame(
        {
            "entity": names.gather(place),
            "kind": pl.repeat(block.kind, len(place), dtype=pl.String, eager=True),
            "channel": pl.repeat(block.channel, len(place), dtype=pl.String, eager=True),
            "starts": block.starts[place],
            "until": block.until[place],
        }
    ).cast(pl.Schema(SCHEMA))
