"""The one place through which every decision passes: what may not be done is stopped here.

Rules are tried in the order of ``RULES``; a proposal is counted under the first that stops it.
The null actions of a policy touch nobody, so only the rule on validity looks at them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from perdure.platform.decisions.capacity import within_capacity
from perdure.platform.decisions.facts import Facts, contacting, stopped, whole_facts
from perdure.platform.decisions.history import History
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.restrictions import CONSENT, ORDER
from perdure.platform.decisions.touches import too_soon_or_too_often

CAPACITY = "capacity"
LOW_SCORE = "low-score"


@dataclass(frozen=True, slots=True)
class Limited:
    """What the limits leave.

    ``kept``: proposals with ``rank``, and the chance to be there in ``propensity``.
    ``blocked``: the others, each with the ``rule`` that stopped it.
    """

    kept: pl.DataFrame
    blocked: pl.DataFrame

    def counts(self) -> dict[str, int]:
        """How many proposals each rule stopped, most first."""
        counted = self.blocked.group_by("rule").len()
        return dict(counted.sort(["len", "rule"], descending=[True, False]).iter_rows())


Rule = Callable[[pl.DataFrame, Facts], pl.DataFrame]
"""Proposals still open and the facts -> the rows to stop: columns ``row`` and ``rule``."""


def enforce(
    proposals: pl.DataFrame,
    *,
    restrictions: pl.DataFrame,
    history: History,
    policy: DecisionPolicy,
    at: datetime,
) -> Limited:
    """The proposals that may be acted upon, and the others with the rule that stops them.

    ``proposals`` as :func:`proposal_table` and :func:`with_arms` give them. Proposals of the
    hold-out obey the same limits (they must be comparable) but take no place in the capacity.
    Raises LimitError, and keeps nothing, when restrictions or history are not whole.
    """
    facts = whole_facts(restrictions, history, policy, at)
    numbered = rows = proposals.with_row_index("row")
    out = []
    for rule in RULES:
        found = rule(rows, facts)
        if found.height:
            out.append(found.select("row", "rule"))
            rows = rows.join(found, on="row", how="anti", maintain_order="left")
    kept, beyond = within_capacity(rows, facts.history.decided, policy, at)
    out.append(stopped(beyond, CAPACITY))
    blocked = numbered.join(pl.concat(out), on="row", maintain_order="left")
    return Limited(kept.sort("row").drop("row"), blocked.drop("row"))


def invalid(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """A name that is none (blank, too long, with control characters), no score, or no chance."""
    _ = facts
    named = pl.all_horizontal(
        pl.col("entity", "action").str.contains(r"^[^\x00-\x1f\x7f]{1,128}$"),
        pl.col("territory", "channel").str.contains(r"^[^\x00-\x1f\x7f]{0,64}$"),
    )
    chance = pl.col("propensity").is_between(0, 1, closed="right")
    good = named & pl.col("score").is_finite() & chance & pl.col("start").is_not_null()
    return stopped(rows.filter(~good.fill_null(value=False)), "invalid")


def restricted(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """A restriction of the entity holds when the action starts, for its channel or for all."""
    if facts.restrictions.is_empty():
        return stopped(rows.clear(), "restricted")
    order = pl.col("kind").replace_strict({k: i for i, k in enumerate(ORDER)}, default=len(ORDER))
    holding = facts.restrictions.filter(pl.col("kind") != CONSENT).with_columns(order=order)
    found = _holding(contacting(rows, facts), holding).filter(
        # A proposal that names no channel might use any, so each restriction meets it.
        (pl.col("channel_right") == "")
        | (pl.col("channel") == "")
        | (pl.col("channel").str.to_lowercase() == pl.col("channel_right"))
    )
    return found.sort("order", "kind").unique("row", keep="first").select("row", rule="kind")


def no_consent(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """The channel needs a consent, and none is on file that holds when the action starts."""
    channels = facts.policy.consent_channels
    if not channels:
        return stopped(rows.clear(), "no-consent")
    asking = contacting(rows, facts).filter(_uses(channels))
    given = _holding(asking, facts.restrictions.filter(pl.col("kind") == CONSENT)).filter(
        (pl.col("channel_right") == "")
        | (pl.col("channel").str.to_lowercase() == pl.col("channel_right"))
    )
    return stopped(asking.join(given, on="row", how="anti"), "no-consent")


def quiet(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """It would reach the entity in its quiet hours."""
    hours, channels = facts.policy.quiet_hours, facts.policy.quiet_channels
    if not hours:
        return stopped(rows.clear(), "quiet-hours")
    hour, (first, last) = pl.col("send_at").dt.hour(), hours
    within = (hour >= first) & (hour < last) if first <= last else (hour >= first) | (hour < last)
    concerned = _uses(channels) if channels else pl.lit(value=True)
    found = contacting(rows, facts).filter(within.fill_null(value=True) & concerned)
    return stopped(found, "quiet-hours")


def low_score(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """The score is below what the policy asks for."""
    floor = facts.policy.minimum_score
    if floor is None:
        return stopped(rows.clear(), LOW_SCORE)
    return stopped(contacting(rows, facts).filter(pl.col("score") < floor), LOW_SCORE)


RULES: tuple[Rule, ...] = (
    invalid,
    restricted,
    no_consent,
    quiet,
    low_score,
    too_soon_or_too_often,
)
"""Every rule, in the order in which a proposal is counted; capacity comes after all of them."""


def _holding(rows: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Pairs of a proposal and a statement about its entity that holds when the action starts."""
    during = pl.col("start").is_between(pl.col("starts"), pl.col("until"), closed="left")
    return rows.join(statements, on="entity").filter(during)


def _uses(channels: tuple[str, ...]) -> pl.Expr:
    return pl.col("channel").str.to_lowercase().is_in(["", *map(str.lower, channels)])
