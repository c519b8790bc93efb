"""The sample world obeys its rules; features and label are what is known, no more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from perdure.kernel.clock import add_months
from perdure.kernel.config import load_settings
from perdure.kernel.errors import UsageError
from perdure.platform.features.compute import compute_features
from perdure.platform.features.labels import compute_labels
from perdure.platform.features.population import population
from perdure.platform.storage.contracts import polars_schema, split
from perdure.solutions import donor
from perdure.solutions.donor.eligibility import DEFERRAL, INTERVAL, blocks
from perdure.solutions.donor.facts import facts_of
from perdure.solutions.donor.features import features
from perdure.solutions.donor.label import label
from perdure.solutions.donor.sample.behaviour import lottery, may_give
from perdure.solutions.donor.sample.world import HISTORY_MONTHS, sample
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.tables import TABLES

CONTRACTS = {contract.name: contract for contract in TABLES}


@pytest.fixture(scope="module")
def world():
    return sample(seed=3, size=5_000)


@pytest.fixture(scope="module")
def tables(world):
    return world.tables(world.horizon)


def frames(tables) -> dict[str, pl.DataFrame]:
    """Polars frames with all columns of their contracts."""
    found = {}
    for name, table in tables.items():
        frame = pl.DataFrame(pl.from_arrow(table))
        absent = [
            pl.lit(None, kind).alias(n)
            for n, kind in polars_schema(CONTRACTS[name]).items()
            if n not in frame.columns
        ]
        found[name] = frame.with_columns(absent).select(list(polars_schema(CONTRACTS[name])))
    return found


def test_every_row_keeps_its_contract(tables) -> None:
    for name, frame in frames(tables).items():
        assert split(CONTRACTS[name], frame)[1].is_empty(), name


def test_keys_are_unique(tables) -> None:
    for name, frame in frames(tables).items():
        keys = [*CONTRACTS[name].keys]
        assert frame.select(keys).is_duplicated().sum() == 0, name


def test_the_same_seed_makes_the_same_world(world, tables) -> None:
    again = sample(seed=3, size=5_000).tables(world.horizon)
    assert all(table.equals(again[name]) for name, table in tables.items())
    other = sample(seed=4, size=5_000).tables(world.horizon)
    assert not other["donation"].equals(tables["donation"])


def test_a_part_of_the_time_is_a_part_of_the_rows(world, tables) -> None:
    middle = add_months(world.start, 20)
    early, late = world.tables(middle), world.tables(world.horizon, since=middle)
    for name, table in tables.items():
        assert len(table) == len(early[name]) + len(late[name]), name


def test_nobody_is_contacted_without_consent_or_after_an_opt_out(tables) -> None:
    told = frames(tables)
    sent = told["donor_contact"].filter(pl.col("action") != "none")
    out = told["donor_response"].filter(pl.col("kind") == "opted_out")
    assert out.height > 50
    late = sent.join(out.select("donor", out="event_time"), on="donor")
    assert late.filter(pl.col("event_time") > pl.col("out")).is_empty()
    heard = pl.when(pl.col("action") == "incentive").then(pl.lit("sms")).otherwise("action")
    given = told["donor_consent"].filter(pl.col("state") == "given")
    agreed = sent.with_columns(channel=heard).join(given, on=["donor", "channel"], how="anti")
    assert agreed.is_empty()


def test_nobody_gives_before_the_interval_of_the_country(tables, settings) -> None:
    told = frames(tables)
    donors = told["donor"]["donor"].to_list()
    for month in (12, 24, 35):
        at = add_months(sample().start, month)
        then = {n: f.filter(pl.col("known_at") <= at) for n, f in told.items()}
        facts = facts_of(then, donors, at, "sms")
        held = {b.kind: b for b in blocks(facts, settings, "default")}
        soon = held[INTERVAL].holds(np.datetime64(at, "us"))
        gave = told["donation"].filter(pl.col("event_time").is_between(at, at + timedelta(days=2)))
        assert not set(gave["donor"]) & set(np.array(donors)[soon])
        assert DEFERRAL in held


def test_the_logged_chance_is_the_chance(tables) -> None:
    log = frames(tables)["donor_contact"]
    assert log.filter(~pl.col("propensity").is_between(0, 1, closed="right")).is_empty()
    for chance in (0.12, 0.06):
        drawn = log.filter((pl.col("propensity") - chance).abs() < 1e-9)
        assert drawn.filter(pl.col("action") == "none").is_empty()
    sms = log.filter(pl.col("action") == "sms").height
    # Each logged row weighs 1 / propensity; sms was open to those who agreed to it.
    assert sms / log.height == pytest.approx(0.11, abs=0.02)


def test_the_lot_adds_up_to_one(world) -> None:
    state = world.natural[0][10]
    share = lottery(state, world.people, may_give(state, world.people, 10))
    assert share.sum(axis=1) == pytest.approx(1)
    assert (share >= 0).all()


def test_the_true_chances_come_true(world) -> None:
    """Over all months the donations are as many as the chances say, within 4 standard errors."""
    expected = observed = variance = 0.0
    for month in range(HISTORY_MONTHS):
        at = add_months(world.start, month) - timedelta(microseconds=1)
        chance = np.array(world.best_possible("default", at)[1])
        expected, variance = expected + chance.sum(), variance + (chance * (1 - chance)).sum()
        observed += world.natural[1][month].donated.sum()
    assert abs(observed - expected) < 4 * variance**0.5


def test_a_contact_brings_donations(world) -> None:
    after = world.horizon + timedelta(days=28)
    free = [
        name
        for name, p in zip(*world.best_possible("default", world.horizon), strict=True)
        if p > 0
    ]
    asked = world.respond({"default": tuple(free)}, world.horizon, after)
    left = world.respond({}, world.horizon, after)
    assert len(asked["donation"]) > len(left["donation"])
    assert len(asked["donor_contact"]) == len(free)
    assert len(left["donor_contact"]) == 0


def test_strange_questions_are_refused(world) -> None:
    with pytest.raises(UsageError, match="no case"):
        world.best_possible("defalt", world.horizon)
    with pytest.raises(UsageError, match="ends before"):
        world.tables(add_months(world.horizon, 40))


def test_features_are_r_f_t_and_contacts(world, tables, settings) -> None:
    feature_set = features(settings, "default")
    spine = population(tables, feature_set, CONTRACTS, world.horizon)
    found = pl.DataFrame(compute_features(tables, feature_set, CONTRACTS, spine)).sort("entity")
    state = world.natural[0][HISTORY_MONTHS]
    # A donation of last month is R = 1 in the world and less than a month by the calendar.
    assert np.ceil(found["recency_months"]).to_numpy() == pytest.approx(state.recency, abs=1)
    assert found["frequency"].to_list() == state.donations.tolist()
    assert (found["time_months"] >= found["recency_months"] - 1e-9).all()
    assert (found["contacts_6mo"] >= found["contacts_1mo"]).all()
    sent = frames(tables)["donor_contact"].filter(
        pl.col("action") != "none", pl.col("event_time") > add_months(world.horizon, -6)
    )
    assert found["contacts_6mo"].sum() == sent.height
    assert set(feature_set.inputs()).isdisjoint({"sex", "country", "centre", "birth_year"})


def test_the_label_is_a_donation_in_the_next_month(world, tables, settings) -> None:
    at = add_months(world.horizon, -6)
    found = pl.DataFrame(
        compute_labels(tables, label(settings, "default"), CONTRACTS, [at], world.horizon)
    )
    told = frames(tables)["donation"].filter(
        pl.col("event_time").is_between(at, add_months(at, 1), closed="right")
    )
    positive = found.filter(pl.col("label") == 1)["entity"]
    assert found.height == world.size
    assert set(positive) == set(told["donor"])
    assert found["label"].null_count() == 0


def test_the_sample_settings_are_whole() -> None:
    folder = Path(donor.__file__).parent
    layers = [folder / "defaults.yaml", folder / "conf" / "sample.yaml"]
    found = load_settings(DonorSettings, "donor", layers, {}).value
    assert found.country_rules().of("US").incentives_allowed
    assert not found.country_rules().of("GB").incentives_allowed
