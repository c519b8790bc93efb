"""Monitors of the answers: do they still promise what was measured, and do they come true?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perdure.kernel.evidence import Measured
from perdure.platform.monitoring.baseline import MOST_DEVIATIONS
from perdure.platform.monitoring.cbpe import expected_auc
from perdure.platform.monitoring.features import drift_reading, settled
from perdure.platform.monitoring.reading import Reading, Severity, judged
from perdure.platform.monitoring.tally import tally
from perdure.platform.monitoring.yardstick import Yardstick
from perdure.platform.training import metrics
from perdure.platform.training.profiles import number_profile

PREDICTIONS, EXPECTED = "prediction-drift", "expected-performance"
CALIBRATION, REALISED = "calibration", "realised-performance"
SCORES_OF = "scores_of"
LEFT_ALONE = "rows left alone"
LOW, HIGH = 0.8, 1.25
"""The band of expected over observed that counts as calibrated."""

Metric = Callable[[npt.ArrayLike, npt.ArrayLike], float]
METRICS: Mapping[str, Metric] = {
    "auc": metrics.auc,
    "ap": metrics.average_precision,
    "lift@0.10": metrics.lift_at,
}
_REPLICATES = 200
_CHUNKS = 10
_MIDDLE = 1.5
Floats = npt.NDArray[np.float64]


def drift_since(first: Floats, probability: Floats) -> list[Reading]:
    """How far the scores have moved from the first ones that the same model gave."""
    parts = np.random.default_rng(0).permutation(len(first)) % _CHUNKS
    profile = number_profile(pa.array(first), parts).as_dict()
    return _drift(profile, probability, "random chunks of the model's first predictions")


def drift_from_profile(profile: Mapping[str, Any], probability: Floats) -> list[Reading]:
    """How far the model's first scores are from those at release; to be watched at most.

    At release the rows were scored by models that had not seen them, each with a calibration of
    its own, so the bins do not match exactly: only the middle of the scores is judged.
    """
    found = _drift(profile, probability, "random chunks of the rows measured at release")
    return [_first_look(reading, profile["median"], probability) for reading in found]


def _first_look(reading: Reading, before: float | None, probability: Floats) -> Reading:
    now = float(np.median(probability))
    alike = before is None or before / _MIDDLE <= now <= before * _MIDDLE
    return replace(
        reading,
        severity="ok" if alike else "watch",
        text=f"first scores of this model, median {now:.3f}: the reference from now on",
        evidence={**reading.evidence, "median": {"reference": before, "current": now}},
    )


def _drift(profile: Mapping[str, Any], probability: Floats, chunks: str) -> list[Reading]:
    batch = pa.RecordBatch.from_pydict({"score": pa.array(probability)})
    found = tally({"score": profile}, [batch])["score"]
    # A calibration has few steps, on which many rows stand that do not move together.
    found.groups = None
    return (
        settled([drift_reading(PREDICTIONS, "score", found, Yardstick(chunks))])
        if found.rows
        else []
    )


def expected_reading(probability: Floats, measured: Measured | None) -> Reading | None:
    """The AUC that the calibrated scores promise, against the one that was measured (CBPE)."""
    value = expected_auc(probability, probability)
    if measured is None or not math.isfinite(value) or not math.isfinite(measured.value):
        return None
    spread = _deviation(measured)
    drop = measured.value - value
    watch, alarm = (max(floor, MOST_DEVIATIONS * spread) for floor in (0.03, 0.08))
    return Reading(
        monitor=EXPECTED,
        subject="auc",
        severity=judged(drop, watch, alarm),
        text=f"AUC {value:.3f} to be expected without labels, {measured.value:.3f} measured before",
        value=value,
        limit=measured.value - alarm,
        evidence={
            "drop": drop,
            "measured": measured.as_row(),
            "deviation": spread,
            "rows": len(probability),
            "sees": "a change of who is scored, not of how outcomes come about",
        },
    )


def acted_upon(readings: Iterable[Reading], count: int, rows: int) -> list[Reading]:
    """The readings with the share of rows that were acted upon: actions change outcomes."""
    share = count / rows if rows else 0.0
    note = f"acting may have changed the outcomes of {share:.0%} of the rows" if count else ""
    if count and count == rows:
        note = "only rows that were acted upon have an outcome: how good the model is without "
        note += "acting cannot be told"
    told = {"acted_upon": count, "acted_upon_share": share, "note": note}
    return [replace(r, evidence={**told, **r.evidence}) for r in readings]


def left_alone_readings(
    y: Floats, probability: Floats, measured: Mapping[str, Measured]
) -> list[Reading]:
    """Calibration and AUC of the rows that nobody acted upon, hold-out among them.

    Acting goes by the score, so the rest is a narrower range, in which any AUC is lower: it is
    told, and not judged. Calibration does not depend on who was chosen by the score.
    """
    if not len(y):
        return []
    found = [_calibration(LEFT_ALONE, y, probability)]
    auc = measured.get("auc")
    if auc is not None and math.isfinite(auc.value) and 0 < y.sum() < len(y):
        made = _realised("auc", y, probability, auc)
        text = f"{made.text}; rows left alone, a narrower range of scores"
        severity: Severity = "ok" if made.severity == "ok" else "noted"
        found.append(replace(made, subject=f"auc, {LEFT_ALONE}", severity=severity, text=text))
    return found


def of_scores(readings: Iterable[Reading], asked: datetime) -> list[Reading]:
    """The readings with the date of the scores that they are about, which is before the look."""
    named = {SCORES_OF: asked.isoformat()}
    return [replace(r, evidence={**r.evidence, **named}) for r in readings]


def realised_readings(
    y: Floats, probability: Floats, measured: Mapping[str, Measured], primary: str
) -> list[Reading]:
    """AUC and the primary metric on matured labels, against what was measured at release."""
    if not 0 < y.sum() < len(y):
        return []
    return [
        _realised(name, y, probability, measured[name])
        for name in dict.fromkeys(("auc", primary))
        if name in METRICS and name in measured and math.isfinite(measured[name].value)
    ]


def calibration_readings(y: Floats, probability: Floats) -> list[Reading]:
    """What was promised over what came, for all rows and for the best-scored tenth."""
    top = metrics.top_share(probability) > 0
    parts = {"all rows": np.ones(len(y), bool), "top tenth": top}
    return [_calibration(name, y[rows], probability[rows]) for name, rows in parts.items()]


def _realised(name: str, y: Floats, probability: Floats, measured: Measured) -> Reading:
    metric = METRICS[name]
    value = metric(y, probability)
    low, high = _interval(metric, y, probability)
    floor = measured.low if measured.low is not None else measured.value
    # Worse beyond doubt: even the upper end lies below what release promised at the least.
    beyond = high < floor and value < 0.95 * measured.value
    severity: Severity = "alarm" if beyond else ("watch" if value < floor else "ok")
    return Reading(
        monitor=REALISED,
        subject=name,
        severity=severity,
        text=f"{name} {value:.3f} ({low:.3f} to {high:.3f}) came true, "
        f"{measured.value:.3f} was measured at release",
        value=value,
        limit=floor,
        evidence={
            "low": low,
            "high": high,
            "measured": measured.as_row(),
            "rows": len(y),
            "positives": int(y.sum()),
        },
    )


def _interval(metric: Metric, y: Floats, probability: Floats) -> tuple[float, float]:
    """The percentile bootstrap interval; the seed is fixed, so that a repeat says the same."""
    draws = np.random.default_rng(0)
    found = []
    for _ in range(_REPLICATES):
        rows = draws.integers(0, len(y), len(y))
        if 0 < y[rows].sum() < len(y):
            found.append(metric(y[rows], probability[rows]))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _calibration(name: str, y: Floats, probability: Floats) -> Reading:
    expected, observed = float(probability.sum()), float(y.sum())
    spread = math.sqrt(float((probability * (1 - probability)).sum()))
    # What would be observed if the probabilities were right: a range around what is expected.
    likely = (expected - 1.96 * spread, expected + 1.96 * spread)
    ratio = expected / observed if observed else math.inf
    outside = not LOW <= ratio <= HIGH
    beyond = outside and not likely[0] <= observed <= likely[1]
    return Reading(
        monitor=CALIBRATION,
        subject=name,
        severity="alarm" if beyond else ("watch" if outside else "ok"),
        text=f"{expected:,.1f} expected, {observed:,.0f} came",
        value=ratio if math.isfinite(ratio) else None,
        limit=HIGH,
        evidence={
            "expected": expected,
            "observed": observed,
            "likely": list(likely),
            "band": [LOW, HIGH],
            "rows": len(y),
        },
    )


def _deviation(measured: Measured) -> float:
    if measured.low is None or measured.high is None:
        return 0.0
    return (measured.high - measured.low) / (2 * 1.96)
