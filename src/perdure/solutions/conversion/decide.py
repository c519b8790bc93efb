"""From predictions to proposals: everyone who was scored, best first, with reasons."""

from __future__ import annotations

import json

import polars as pl
import pyarrow as pa

from perdure.solutions.conversion.settings import ConversionSettings

ACTION = "contact"
NONE = "none"
_TIE = 1e-6  # calibrated probabilities come in steps; within a step the raw score decides


def propose(
    settings: ConversionSettings,
    case: str,  # noqa: ARG001 every brand is proposed in the same way
    predictions: pa.Table,
) -> pl.DataFrame:
    """One proposal per physician: contact, in the settings' channel; limits come afterwards.

    The score is the calibrated probability. Probabilities come in steps, so a millionth of the
    raw score's rank is added: it never shows, and it keeps the order within a step.
    """
    frame = pl.DataFrame(predictions)
    within = pl.col("raw").rank("average") / max(frame.height, 1)
    territory = pl.col("territory") if "territory" in frame.columns else pl.lit("")
    reasons = pl.col("reasons") if "reasons" in frame.columns else pl.lit("[]")
    return frame.select(
        "entity",
        pl.lit(ACTION).alias("action"),
        (pl.col("probability") + _TIE * within).alias("score"),
        territory.fill_null("").alias("territory"),
        pl.lit(settings.decision.channel).alias("channel"),
        reasons.fill_null("[]").alias("reasons"),
        pl.lit(json.dumps({NONE: 0.0})).alias("alternatives"),
    ).sort("score", descending=True)
