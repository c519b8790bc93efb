"""What a policy would have chosen in the own log's rows, and what a model of outcomes sees."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from perdure.methods.contact.actions import Floats
from perdure.platform.decisions.arms import epsilon_soft
from perdure.solutions.donor.history import contacted_of, donors_of
from perdure.solutions.donor.own_rows import OwnRows
from perdure.solutions.donor.predictor import DonorPredictor
from perdure.solutions.donor.settings import DonorSettings

SERVED, LOGGED, NEVER = "served", "logged policy", "never contact"


def chances(predictor: DonorPredictor, rows: OwnRows, settings: DonorSettings) -> Floats:
    """The chances (n, actions) with which the policy would have chosen, exploration included."""
    worth = predictor.values(rows.known)
    open_to = np.isfinite(worth) & rows.open_to
    return epsilon_soft(worth, open_to, settings.decision.exploration_share)


def states(known: pa.Table) -> Floats:
    """What the outcome model sees of each row, (n, d): R, F, T and contacts month by month."""
    donors = donors_of(known)
    recency, gifts = donors.recency.astype(np.float64), donors.donations.astype(np.float64)
    months = sum(name.startswith("contacts_") for name in known.column_names)
    return np.column_stack([
        recency, np.log(recency), gifts, np.log(gifts), donors.months, contacted_of(known, months),
    ]).astype(np.float64)  # fmt: skip
