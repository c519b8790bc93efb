"""From worths to proposals: the best open action, or by lot another, with its chance."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pyarrow as pa

from perdure.methods.contact.actions import ACTIONS, NONE
from perdure.platform.decisions.allowed import OPEN
from perdure.platform.decisions.arms import choose, epsilon_soft
from perdure.platform.inference.batch import VALUE
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.variants import draw


def propose(settings: DonorSettings, case: str, predictions: pa.Table) -> pl.DataFrame:
    """One proposal a donor, those left alone included: without them nothing could be learned.

    With chance ``exploration_share`` the action is drawn by lot among the open ones; ``propensity``
    is the chance of what was drawn. The score is what the action is worth over leaving alone.
    """
    frame = pl.DataFrame(predictions)
    worth = frame.select(VALUE + name for name in ACTIONS).to_numpy().astype(np.float64)
    open_to = np.isfinite(worth)
    for place, name in enumerate(ACTIONS):
        if OPEN + name in frame.columns:
            open_to[:, place] &= frame[OPEN + name].to_numpy()
    gain = np.where(open_to, worth - worth[:, [NONE]], -np.inf)
    names = frame["entity"].to_list()
    lots = f"{settings.decision.salt}\n{case}\n{frame['at'][0]}" if names else ""
    chances = epsilon_soft(gain, open_to, settings.decision.exploration_share)
    chosen, chance = choose(names, chances, open_to, lots)
    made = np.array(ACTIONS)[chosen]
    told = frame.with_columns(_text(frame, "reasons", "[]"))["reasons"].to_list()
    drawn = draw(settings, names, made.tolist(), told, lots)
    hours = np.where(drawn.hours < 0, settings.decision.send_hour, drawn.hours)
    return frame.select(
        "entity",
        pl.Series("action", made, dtype=pl.String),
        pl.Series("score", gain[np.arange(len(chosen)), chosen], dtype=pl.Float64),
        _text(frame, "centre").alias("territory"),
        pl.Series("channel", np.where(chosen == NONE, "", made), dtype=pl.String),
        pl.Series("reasons", drawn.reasons, dtype=pl.String),
        _sending(hours).alias("send_at"),
        pl.Series("propensity", chance * drawn.chance, dtype=pl.Float64),
        pl.Series("alternatives", _alternatives(gain, open_to), dtype=pl.String),
    ).sort("score", "entity", descending=[True, False])


def _sending(hours: np.ndarray) -> pl.Expr:
    """The hour, the donor's own, of the day after: a plan of months is not sent at midnight."""
    day = pl.col("at").cast(pl.Datetime("us")).dt.truncate("1d")
    return day.dt.offset_by("1d") + pl.duration(hours=pl.lit(pl.Series(hours, dtype=pl.Int64)))


def _text(frame: pl.DataFrame, name: str, missing: str = "") -> pl.Expr:
    held = pl.col(name) if name in frame.columns else pl.lit(missing)
    return held.fill_null(missing).alias(name)


def _alternatives(gain: np.ndarray, open_to: np.ndarray) -> list[str]:
    """What each open action is worth over leaving alone, as JSON."""
    return [
        json.dumps({n: round(g, 6) for n, g, o in zip(ACTIONS, row, able, strict=True) if o})
        for row, able in zip(gain.tolist(), open_to.tolist(), strict=True)
    ]
