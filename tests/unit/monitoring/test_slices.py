"""A group of its own that moves or fails is seen; a handful of people is not told about."""

from __future__ import annotations

import numpy as np
import polars as pl

from perdure.platform.monitoring.slices import slice_calibration, slice_drift

RNG = np.random.default_rng


def scored(seed: int, n: int = 6_000, few: int = 0) -> pl.DataFrame:
    rng = RNG(seed)
    state = np.where(np.arange(n) < few, "WY", rng.choice(["TX", "NY", "CA"], n))
    return pl.DataFrame({"state": state, "probability": rng.beta(2, 18, n)})


def with_outcomes(rows: pl.DataFrame, times: dict[str, float]) -> pl.DataFrame:
    factor = np.array([times.get(s, 1.0) for s in rows["state"]])
    came = RNG(9).random(rows.height) < rows["probability"].to_numpy() * factor
    return rows.with_columns(label=pl.Series(came.astype(int)))


def raised(rows: pl.DataFrame, state: str | None, by: float) -> pl.DataFrame:
    """Log odds raised for one state, or for all."""
    p = rows["probability"].to_numpy()
    here = np.ones(len(p), bool) if state is None else (rows["state"] == state).to_numpy()
    odds = p / (1 - p) * np.where(here, np.exp(by), 1.0)
    return rows.with_columns(probability=pl.Series(odds / (1 + odds)))


def words(readings):
    return {r.subject: r.severity for r in readings}


def test_a_group_whose_scores_move_alone_is_an_alarm() -> None:
    first = scored(1)
    found = words(slice_drift(first, raised(scored(2), "TX", 1.0), ["state"]))
    assert found["state = TX"] == "alarm"
    assert found["state = NY"] != "alarm"


def test_what_moves_everybody_moves_no_group() -> None:
    found = words(slice_drift(scored(1), raised(scored(2), None, 1.0), ["state"]))
    assert set(found.values()) == {"ok"}


def test_a_group_whose_outcomes_stay_away_is_an_alarm() -> None:
    found = words(slice_calibration(with_outcomes(scored(3), {"TX": 0.4}), ["state"]))
    assert found == {"state = TX": "alarm", "state = NY": "ok", "state = CA": "ok"}


def test_small_groups_are_watched_and_the_smallest_are_not_read() -> None:
    few = with_outcomes(raised(scored(4, few=60), "WY", 4.0), {"WY": 0.02})
    found = words(slice_calibration(few, ["state"]))
    assert found["state = WY"] == "watch"
    ten, eleven = (scored(5, few=n) for n in (10, 11))
    assert "state = WY" not in words(slice_calibration(with_outcomes(ten, {}), ["state"]))
    assert "state = WY" in words(slice_calibration(with_outcomes(eleven, {}), ["state"]))
    assert "state = WY" not in words(slice_drift(ten, eleven, ["state"]))


def test_without_any_spread_there_is_no_drift_to_tell() -> None:
    flat = pl.DataFrame({"state": ["TX"] * 50, "probability": [0.1] * 50})
    assert slice_drift(flat, flat, ["state"]) == []
