"""Real breaks alarm even where only one period is known; what moves every year does not."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from test_deliveries import monthly, read

from perdure.platform.monitoring.features import DRIFT, MISSING, NEW, feature_readings
from perdure.platform.monitoring.tally import Sample
from perdure.platform.monitoring.yardstick import NO_WEIGHT, ONE_PERIOD
from perdure.platform.training.profiles import MONTH_DAYS, profile_columns

RNG = np.random.default_rng
EFFECTS = {"cost": 0.5, "claims": 0.45, "idle": 0.01}


def year(seed: int, *, prices: float = 1.0, n: int = 8_000) -> dict[str, np.ndarray]:
    rng = RNG(seed)
    return {
        "cost": rng.lognormal(5, 0.3, n) * prices,
        "claims": rng.gamma(2, 20, n),
        "idle": rng.lognormal(3, 0.2, n) * prices,
        "peers": rng.poisson(90, n) * 1.0,
        "code": rng.choice(["GP", "ENT", "URO"], n, p=[0.6, 0.3, 0.1]),
    }


def reference(periods: int = 1, effects: dict[str, float] = EFFECTS) -> dict[str, object]:
    table = pa.table(year(0))
    found = profile_columns(table, table.column_names, np.arange(table.num_rows) % 10)
    return found | {"periods": periods, "chunks": "ten groups", "effects": effects}


def look(columns, monitor=DRIFT, **known):
    found = feature_readings(reference(**known), pa.table(columns).to_batches(700), "unused")
    return {r.subject: r for r in found if r.monitor == monitor}


def test_prices_that_rise_for_all_are_no_alarm_with_one_period() -> None:
    one, several = (look(year(1, prices=1.4), periods=n) for n in (1, 4))
    assert (one["cost"].severity, several["cost"].severity) == ("noted", "alarm")
    assert one["cost"].evidence["known"] == ONE_PERIOD
    assert ONE_PERIOD in one["cost"].text
    assert one["cost"].evidence["psi"] > 0.5
    assert one["cost"].evidence["level"] == pytest.approx(1.4, abs=0.05)
    assert look(year(1, prices=2.5))["cost"].severity == "watch"


@pytest.mark.parametrize("units", [7, 100, 0.001])
def test_other_units_are_an_alarm_whatever_the_column_weighs(units) -> None:
    found = look(year(1, prices=units))
    assert (found["cost"].severity, found["idle"].severity) == ("alarm", "alarm")
    assert "other units?" in found["idle"].text


def test_another_population_is_an_alarm_with_one_period() -> None:
    columns = year(1)
    columns["claims"] = np.where(RNG(2).random(8_000) < 0.5, 1.0, 4.2) * columns["claims"]
    columns["cost"] = np.where(np.arange(8_000) % 2, 0.5, 1.8) * columns["cost"]
    found = look(columns)
    assert found["cost"].severity == "alarm"
    assert found["cost"].value > found["cost"].limit == 1.0


def test_what_weighs_next_to_nothing_is_noted() -> None:
    columns = year(1)
    columns["idle"] = np.where(np.arange(8_000) % 2, 0.5, 1.8) * columns["idle"]
    columns["peers"] = columns["peers"] * 1.3
    for periods in (1, 4):
        found = look(columns, periods=periods)
        assert [found[name].severity for name in ("idle", "peers")] == ["noted", "noted"]
        assert NO_WEIGHT in found["idle"].text
        # Without weights every column counts.
        assert look(columns, periods=periods, effects={})["idle"].severity == "alarm"


def test_a_column_that_is_gone_is_an_alarm_whatever_it_weighs() -> None:
    columns = year(1)
    del columns["idle"]
    assert look(columns, MISSING)["idle"].severity == "alarm"


def test_a_change_of_coding_is_an_alarm_with_one_period() -> None:
    columns = year(1)
    swapped = {"GP": "URO", "ENT": "GP", "URO": "ENT"}
    columns["code"] = np.array([swapped[code] for code in columns["code"]])
    assert look(columns)["code"].severity == "alarm"
    columns["code"] = np.array([f"207{code}" for code in columns["code"]])
    assert look(columns, NEW)["code"].severity == "alarm"


def test_a_month_that_came_twice_or_lost_a_third_is_an_alarm() -> None:
    words = [read(monthly(last))["volume"].severity for last in (210, 73, 88, 105)]
    assert words == ["alarm", "alarm", "ok", "ok"]


def test_a_swing_that_was_seen_before_is_no_alarm() -> None:
    counts = monthly(73)
    counts[-8] = (counts[-8][0], 72)
    assert read(counts)["volume"].severity == "ok"


# ---------------------------------------------------------------- ages


def age(at: datetime, months: np.ndarray) -> np.ndarray:
    """Days from ``at`` to the end of the month so many months before."""
    ends = (np.datetime64(at, "M") + 1 - months).astype("datetime64[D]") - 1
    return (np.datetime64(at, "D") - ends).astype(float)


def test_the_lengths_of_months_do_not_move_an_age() -> None:
    months = RNG(3).choice([1, 2, 3, 4], 6_000, p=[0.7, 0.2, 0.06, 0.04])
    before = pa.table({"since": age(datetime(2025, 12, 31), months)})
    after = pa.table({"since": age(datetime(2026, 2, 28), months)})
    later = pa.table({"since": age(datetime(2026, 2, 28), months + 1)})
    chunk = np.arange(6_000) % 10
    blind = profile_columns(before, ["since"], chunk)
    assert feature_readings(blind, after.to_batches(), "")[0].severity == "alarm"
    known = profile_columns(before, ["since"], chunk, {"since"})
    assert known["columns"]["since"]["grain"] == MONTH_DAYS
    assert feature_readings(known, after.to_batches(), "")[0].value == 0.0
    assert feature_readings(known, later.to_batches(), "")[0].severity == "alarm"


def test_months_are_no_groups_of_rows() -> None:
    months = RNG(5).choice([1, 2, 3], 6_000, p=[0.8, 0.15, 0.05])
    # The end of a day is a fraction of it, which all rows share.
    days = age(datetime(2025, 12, 31), months) + 0.99
    known = profile_columns(pa.table({"since": days}), ["since"], months % 2, {"since"})
    found = feature_readings(known, pa.table({"since": days + 31}).to_batches(), "")[0]
    assert found.evidence["groups"] is None
    assert found.evidence["chance"] < 0.1


def test_an_age_in_days_stays_in_days() -> None:
    days = pa.table({"since": RNG(4).integers(0, 90, 1_000) * 1.0})
    assert profile_columns(days, ["since"], ages={"since"})["columns"]["since"]["grain"] is None


def test_a_sample_is_spread_over_all_that_went_by() -> None:
    sample = Sample()
    for start in range(0, 100_000, 777):
        sample.add(np.arange(start, min(start + 777, 100_000), dtype=float))
    assert 10_000 <= len(sample.values) <= 20_000
    assert (np.diff(sample.values) == sample.step).all()
    assert sample.values[-1] > 99_900
