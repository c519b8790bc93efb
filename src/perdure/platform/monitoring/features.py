"""Monitors of the model's inputs: moved, missing, or with labels that were never seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perdure.platform.monitoring.baseline import MOST_DEVIATIONS, Baseline, baseline, chance
from perdure.platform.monitoring.drift import (
    chi_square,
    false_discoveries,
    jensen_shannon,
    psi,
    share_apart,
)
from perdure.platform.monitoring.reading import Reading, judged
from perdure.platform.monitoring.tally import Tally, tally
from perdure.platform.monitoring.yardstick import Moved, Yardstick

DRIFT, MISSING, NEW = "feature-drift", "missing", "new-categories"
_FALSE = 0.05
Counts = npt.NDArray[np.int64]


def feature_readings(
    profiles: Mapping[str, Any], batches: Iterable[pa.RecordBatch], chunks: str
) -> list[Reading]:
    """Readings of drift, missing values and new categories of every profiled feature.

    ``profiles`` as stored with the model; ``chunks`` says in words what its chunks are.
    """
    counted = tally(profiles["columns"], batches)
    if not any(found.rows for found in counted.values()):
        return []
    held = Yardstick.of(profiles, chunks)
    moved = [drift_reading(DRIFT, name, found, held) for name, found in counted.items()]
    missing = [_missing(name, found) for name, found in counted.items()]
    return [*settled(moved), *missing, *_new(counted)]


def drift_reading(monitor: str, subject: str, found: Tally, held: Yardstick) -> Reading:
    """How far one column has moved from its reference, in PSI.

    An alarm needs an effect beyond three yardsticks at once: the rule of thumb, the reference's
    own variation from chunk to chunk, and what chance does to so few rows (or groups of rows with
    one value); and Jensen-Shannon must be beyond the reference's own variation too. What is known
    of the reference and what the column weighs decide the rest (see ``Yardstick``).
    """
    # Missing values have a monitor of their own; here the values that are there are compared.
    reference, current = np.array(found.profile.counts[:-1]), found.counts[:-1]
    present = [chunk[:-1] for chunk in found.profile.chunks]
    own, own_js = baseline(present, psi), baseline(present, jensen_shannon)
    value, distance = psi(reference, current), jensen_shannon(reference, current)
    noise = _noise(found, reference, current)
    moved = Moved(value, _net(found, reference, value), max(own.limit, noise))
    limits = held.limits(found.profile.kind, moved.floor)
    severity, why = held.judge(subject, found, moved)
    if distance <= own_js.limit or not current.sum():
        severity, why = "ok", ""
    shown = held.shown(found, moved, severity)
    told = f"PSI {shown:.3f}, limit {limits[1]:.3f}" if current.sum() else "no values to compare"
    return Reading(
        monitor=monitor,
        subject=subject,
        severity=severity,
        text=f"{told}; {why}" if why else told,
        value=shown if current.sum() else 0.0,
        limit=limits[1],
        evidence={
            "psi": value,
            "jensen_shannon": distance,
            "jensen_shannon_baseline": own_js.limit,
            "share_apart": share_apart(reference, current),
            "chi_square_p": chi_square(reference, current),
            "baseline": _as_dict(own, held.chunks),
            "chance": noise,
            "groups": found.groups,
            "watch_from": limits[0],
            "rows": {"reference": int(reference.sum()), "current": int(current.sum())},
            "bins": _bins(found),
            **held.told(subject, found, moved),
        },
    )


def _noise(found: Tally, reference: Counts, current: Counts) -> float:
    """What chance does to so few rows, or groups of rows with one value."""
    most = found.groups or math.inf
    sizes = [min(float(counts.sum()), most) for counts in (reference, current)]
    return chance(int((reference + current > 0).sum()), *sizes)


def _net(found: Tally, reference: Counts, value: float) -> float:
    """The PSI without what a change of the common level explains.

    A column of few values can move further by being brought to the level than it did by itself.
    """
    return min(value, psi(reference, found.net_of_level())) if found.level() else value


def settled(readings: list[Reading]) -> list[Reading]:
    """The readings with those back to ``ok`` that may be false discoveries among so many."""
    holds = false_discoveries([r.evidence["chi_square_p"] for r in readings], _FALSE)
    return [
        replace(
            reading,
            severity=reading.severity if held else "ok",
            evidence={**reading.evidence, "false_discovery": not held},
        )
        for reading, held in zip(readings, holds, strict=True)
    ]


def _missing(name: str, found: Tally) -> Reading:
    """How much the share of missing values has grown."""
    if not found.fits:
        return Reading(MISSING, name, "alarm", "the feature is gone or of another type", 1.0, 0.2)
    chunks = np.array([c for c in found.profile.chunks if sum(c)], np.float64)
    spread = float(np.std(chunks[:, -1] / chunks.sum(axis=1), ddof=1)) if len(chunks) > 1 else 0.0
    before = found.profile.counts[-1] / max(sum(found.profile.counts), 1)
    now = found.counts[-1] / max(found.rows, 1)
    # Half of the pooled rows' own noise, for a handful of rows.
    noise = float(np.sqrt(max(now, before) * (1 - min(now, before)) / max(found.rows, 1)))
    own = MOST_DEVIATIONS * max(spread, noise)
    growth = float(now - before)
    return Reading(
        monitor=MISSING,
        subject=name,
        severity=judged(growth, max(0.05, own), max(0.2, own)),
        text=f"{now:.1%} missing, {before:.1%} in the reference",
        value=growth,
        limit=max(0.2, own),
        evidence={"reference": float(before), "current": float(now), "deviation": spread},
    )


def _new(counted: Mapping[str, Tally]) -> Iterator[Reading]:
    """How many rows carry a label that the reference does not know."""
    for name, found in counted.items():
        if found.profile.kind != "label" or not found.fits:
            continue
        before = found.profile.counts[-2] / max(sum(found.profile.counts), 1)
        share = found.counts[-2] / max(found.rows, 1)
        growth = float(share - before)
        most = [label for label, _ in found.strange.most_common(5)]
        # Where the reference itself has rare labels beyond its bins, some are always strange.
        floor = 0.001 if not before else max(0.01, MOST_DEVIATIONS * before)
        yield Reading(
            monitor=NEW,
            subject=name,
            severity=judged(growth, floor, max(0.05, floor)),
            text=f"{share:.1%} of rows with other labels"
            + (f": {', '.join(most)}" if most else ""),
            value=growth,
            limit=max(0.05, floor),
            evidence={"reference": float(before), "current": float(share), "labels": most},
        )


def _as_dict(own: Baseline, chunks: str) -> dict[str, Any]:
    return {
        "of": chunks,
        "chunks": own.chunks,
        "mean": own.mean,
        "deviation": own.deviation,
        "limit": own.limit,
    }


def _bins(found: Tally) -> dict[str, Any]:
    """The bins with both counts, so that the change can be drawn."""
    profile = found.profile
    names: list[Any] = [*profile.labels] if profile.kind == "label" else [*profile.edges]
    return {
        "kind": profile.kind,
        "of": names,
        "reference": list(profile.counts),
        "current": [int(count) for count in found.counts],
    }
