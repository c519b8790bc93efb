"""The sample world: deterministic, lawful, and its best possible prediction is the truth."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from conversion_made import CONTRACTS

from perdure.kernel.clock import add_months, same_day_or_month_end
from perdure.kernel.errors import UsageError
from perdure.methods.npi import passes_check
from perdure.platform.storage.contracts import split
from perdure.platform.training.metrics import auc
from perdure.solutions.conversion.sample import behaviour
from perdure.solutions.conversion.sample.world import GAP_MONTHS, WINDOW_MONTHS, sample


def end_of(world, months):
    return add_months(world.start, months) - timedelta(microseconds=1)


def test_the_same_seed_makes_the_same_world_and_another_another():
    a, b, c = sample(5, 300), sample(5, 300), sample(6, 300)
    for name, table in a.tables(a.horizon).items():
        assert table.equals(b.tables(b.horizon)[name]), name
    assert not a.tables(a.horizon)["claims"].equals(c.tables(c.horizon)["claims"])


def test_rows_keep_their_contracts(world):
    for name, table in world.tables(world.horizon).items():
        contract = CONTRACTS[name]
        given = pl.DataFrame(table)
        absent = [
            pl.lit(None, {"string": pl.String, "number": pl.Float64}[c.dtype]).alias(c.name)
            for c in contract
            if c.name not in given.columns
        ]
        whole = given.with_columns(absent).select(contract.names())
        good, bad = split(contract, whole)
        assert bad.is_empty(), (name, bad.head())
        assert good.height == given.height > 0
        assert not whole.select(contract.keys).is_duplicated().any(), name


def test_identifiers_pass_the_check_and_belong_to_nobody(world):
    npis = world.people.npi.tolist()
    assert passes_check(npis).all()
    assert len(set(npis)) == world.size
    assert {npi[0] for npi in npis} == {"9"}


def test_parts_of_the_time_put_together_are_the_whole(world):
    middle = datetime(2024, 5, 17, 12)
    whole = world.tables(world.horizon)
    parts = world.tables(middle), world.tables(world.horizon, since=middle)
    for name, table in whole.items():
        keys = list(CONTRACTS[name].keys)
        both = pl.concat([pl.DataFrame(part[name]) for part in parts]).sort(keys)
        assert both.equals(pl.DataFrame(table).sort(keys)), name
    later = pl.DataFrame(parts[1]["claims"])
    assert later["event_time"].min() > middle


def test_claims_are_known_in_the_month_after(world):
    claims = pl.DataFrame(world.tables(world.horizon)["claims"])
    lag = (claims["known_at"] - claims["event_time"]).dt.total_days()
    assert lag.min() >= 15
    next_end = claims["event_time"].dt.offset_by("1d").dt.month_end()
    assert (claims["known_at"] <= next_end).all()


def test_promotion_goes_to_the_big_writers(world):
    calls = world.contacts["DEMOVEL"]["call"].sum(axis=0)
    big = world.people.rate > np.median(world.people.rate)
    assert calls[big].mean() > 2 * calls[~big].mean()


def test_peers_resemble_each_other(world):
    first, _ = world.natural["EXEMPLIX"]
    adopted = (first < 12).astype(float)
    peers = world.ties.share(adopted)
    has = np.bincount(world.ties.source, minlength=world.size) > 0
    assert np.corrcoef(adopted[has], peers[has])[0, 1] > 0.03


@pytest.mark.parametrize("case", ["DEMOVEL", "EXEMPLIX"])
def test_the_best_possible_prediction_is_calibrated_and_cannot_be_beaten_by_its_parts(case):
    world = sample(1, 8000)
    month = 23
    entities, chances = world.best_possible(case, end_of(world, month + 1))
    first, _ = world.natural[case]
    asked = np.isin(world.people.npi, entities)
    claims = pl.DataFrame(
        world.tables(
            end_of(world, month + 1 + GAP_MONTHS + WINDOW_MONTHS),
            since=end_of(world, month + 1 + GAP_MONTHS),
        )["claims"]
    )
    wrote = set(claims.filter(pl.col("product") == case)["npi"])
    y = np.array([npi in wrote for npi in world.people.npi[asked]], float)
    p = np.array(chances)
    error = np.sqrt((p * (1 - p)).sum())
    assert abs(y.sum() - p.sum()) < 4 * error
    top = np.argsort(-p)[: len(p) // 10]
    assert abs(y[top].sum() - p[top].sum()) < 4 * np.sqrt((p[top] * (1 - p[top])).sum())
    assert auc(y, p) > auc(y, world.people.rate[asked]) + 0.02
    assert not (first[asked] < month).any()


def test_acting_raises_the_odds_and_leaves_all_others_as_they_were(world):
    start, end = world.horizon, end_of(world, 40)
    entities, _ = world.best_possible("DEMOVEL", start)
    treated = entities[::2]
    acted = pl.DataFrame(world.respond({"DEMOVEL": treated}, start, end)["claims"])
    left = pl.DataFrame(world.tables(end, since=start)["claims"])
    own = pl.col("product") == "DEMOVEL"
    others = ~pl.col("npi").is_in(list(treated))
    assert acted.filter(others).equals(left.filter(others))
    assert acted.filter(~own).equals(left.filter(~own))
    before, after = (set(f.filter(own)["npi"]) for f in (left, acted))
    assert before < after
    assert after - before <= set(treated)


def test_the_effect_is_the_one_that_is_stated():
    world = sample(2, 4000)
    truth, ties = world.truths["DEMOVEL"], world.ties
    everyone = np.ones(world.size, bool)
    _, natural = behaviour.run(truth, ties)
    _, acted = behaviour.run(truth, ties, everyone, 36, 36)
    here = world.people.leaves > 36
    odds = [c[36][here] / (1 - c[36][here]) for c in (natural, acted)]
    assert np.allclose(odds[1] / odds[0], behaviour.TREATED_ODDS)
    assert np.array_equal(natural[:36], acted[:36])


def test_unknown_cases_and_times_are_refused(world):
    with pytest.raises(UsageError, match="no case"):
        world.best_possible("OTHER", world.horizon)
    with pytest.raises(UsageError, match="no case"):
        world.respond({"OTHER": ()}, world.horizon, end_of(world, 38))
    with pytest.raises(UsageError, match="ends before"):
        world.tables(datetime(2040, 1, 1))
    with pytest.raises(UsageError, match="no outcome"):
        world.best_possible("DEMOVEL", end_of(world, 46))


def test_dates_of_the_default_settings_fall_on_month_ends(monthly, world):
    dates = monthly.index.dates(world.start, same_day_or_month_end(world.horizon, -5), 4)
    assert len(dates) == monthly.index.count
    assert all((date + timedelta(microseconds=1)).day == 1 for date in dates)
