"""Which channels the limits would let through, told before a policy draws among its actions.

A policy that draws by lot must know them: where the drawn action is stopped afterwards, nothing
is logged, and the logged chances of the others are no longer those with which they came up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from perdure.platform.decisions.derived import Asked, all_restrictions
from perdure.platform.decisions.history import Asking, read_history
from perdure.platform.decisions.limits import enforce
from perdure.platform.decisions.policy import TREATED, DecisionPolicy
from perdure.platform.decisions.proposals import proposal_table

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

OPEN = "open:"
"""Before the name of a channel: the column that says whether it is open."""


def with_open_channels(
    project: Project,
    solution: str,
    case: str,
    predictions: pl.DataFrame,
    policy: DecisionPolicy,
    channels: Sequence[str],
    at: datetime,
) -> pl.DataFrame:
    """The predictions with a truth value ``open:<channel>`` for each channel.

    Open means that a contact by that channel, starting at ``at``, would pass restrictions,
    consents, the cap and the gap. Places in a capacity are shared, and quiet hours depend on the
    hour that the policy chooses: both are looked at when it is decided. Raises LimitError when
    the limits cannot be read.
    """
    asked = Asked.about(solution, case, at, predictions["entity"])
    rules = replace(policy, capacity=None, capacities={}, minimum_score=None, quiet_hours=None)
    with project.ops.connect() as connection:
        restrictions = all_restrictions(project, connection, asked, few=False)
        history = read_history(connection, Asking(solution, case, at), rules)
    found = predictions
    for channel in channels:
        contact = pl.DataFrame({"entity": pl.Series(asked.entities, dtype=pl.String)})
        contact = contact.with_columns(action=pl.lit(channel), channel=pl.lit(channel), score=1.0)
        table = proposal_table(contact, rules, at).with_columns(arm=pl.lit(TREATED))
        limited = enforce(table, restrictions=restrictions, history=history, policy=rules, at=at)
        kept = limited.kept["entity"].implode()
        found = found.with_columns(
            pl.col("entity").str.strip_chars().is_in(kept).alias(OPEN + channel)
        )
    return found
