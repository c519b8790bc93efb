"""The limits between contacts of one entity: not too soon, not too often, not too many at once."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from perdure.platform.decisions.facts import Facts, contacting, stopped
from perdure.platform.decisions.history import CONTACTS
from perdure.platform.decisions.policy import TREATED

CAP = "contact-cap"
GAP = "minimum-gap"
SURPLUS = "one-per-entity"


def too_soon_or_too_often(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Too near to, or too many with, contacts that were, that stand, or that this call keeps.

    The proposals of an entity take turns by start, then by score; each kept one counts as a
    contact for those after it. There are at most ``actions_per_entity`` turns, because what a
    kept proposal rules out is stopped at once.
    """
    history, policy = facts.history, facts.policy
    waiting = contacting(rows, facts).select("row", "entity", "start", "score", "action")
    waiting = waiting.sort(["start", "score", "action"], descending=[False, True, False])
    standing = history.decided.filter((pl.col("arm") == TREATED) & pl.col("open"))
    near = pl.concat([history.contacts, history.decided.select(*CONTACTS)])
    count = pl.concat([history.contacts, standing.select(*CONTACTS)])
    kept = waiting.clear().select("entity", at="start")
    out = []
    while True:
        found = _ruled_out(waiting, pl.concat([near, kept]), pl.concat([count, kept]), facts)
        full = kept.group_by("entity").len().filter(pl.col("len") >= policy.actions_per_entity)
        surplus = stopped(waiting.join(full, on="entity", how="semi"), SURPLUS)
        found = pl.concat([surplus, found]).unique("row", keep="first")
        out.append(found)
        waiting = waiting.join(found, on="row", how="anti", maintain_order="left")
        if waiting.is_empty():
            return pl.concat(out)
        turn = waiting.unique("entity", keep="first", maintain_order=True)
        kept = pl.concat([kept, turn.select("entity", at="start")])
        waiting = waiting.join(turn, on="row", how="anti", maintain_order="left")


def _ruled_out(
    rows: pl.DataFrame, near: pl.DataFrame, count: pl.DataFrame, facts: Facts
) -> pl.DataFrame:
    """The rows too close to a touch in ``near``, or with too many around them in ``count``."""
    policy = facts.policy
    soon = _around(rows, near, policy.minimum_gap_days).select("row").unique()
    if policy.contact_cap is None:
        return stopped(soon, GAP)
    around = _around(rows, count, policy.cap_days).group_by("row").len("often")
    often = rows.select("row").join(around, on="row", how="left").fill_null(0)
    capped = stopped(often.filter(pl.col("often") >= policy.contact_cap), CAP)
    return pl.concat([capped, stopped(soon, GAP)]).unique("row", keep="first")


def _around(rows: pl.DataFrame, touches: pl.DataFrame, days: float) -> pl.DataFrame:
    """Pairs of a row and a touch of its entity less than ``days`` away, before or after."""
    own = rows.select("row", "entity", "start")
    if touches.is_empty() or not days:
        return own.clear()
    paired = own.join(touches, on="entity")
    return paired.filter((pl.col("start") - pl.col("at")).abs() < timedelta(days=days))
