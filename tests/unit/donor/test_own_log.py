"""The own log against a world that knows the truth: intervals cover it, the plain mean does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from donor_made import random_tables
from donor_service import tables_of

from perdure.kernel.clock import add_months
from perdure.methods.contact.actions import ACTIONS, EMAIL, NONE, SMS
from perdure.methods.offpolicy.estimate import Estimate, ModelValue, Refusal
from perdure.solutions.donor.facts import facts_each, facts_of
from perdure.solutions.donor.history import donors_of
from perdure.solutions.donor.own_log import DONATIONS, RETURN, evaluate_own_log, own_values
from perdure.solutions.donor.own_policies import LOGGED, NEVER, SERVED, chances
from perdure.solutions.donor.own_rows import own_rows
from perdure.solutions.donor.own_sequences import sequences
from perdure.solutions.donor.sample import behaviour
from perdure.solutions.donor.sample.world import sample

CASE, SIZE, SEEDS = "default", 300, range(12)


class AskTheRested:
    """An SMS to whoever gave four months ago or earlier: a policy that no log here followed."""

    def values(self, table) -> np.ndarray:
        recency = donors_of(table).recency
        worth = np.zeros((len(recency), len(ACTIONS)))
        worth[:, SMS] = np.where(recency >= 4, 1.0, -1.0)
        worth[:, EMAIL:] = -2.0
        return worth


@pytest.fixture(scope="module")
def logs(settings):
    return [(world, tables_of(world)) for world in (sample(seed, SIZE) for seed in SEEDS)]


@pytest.fixture(scope="module")
def whole(settings):
    """Settings that ask the log as far back as it goes."""
    policy = settings.policy.model_copy(update={"log_months": 60})
    return settings.model_copy(update={"policy": policy})


@pytest.fixture(scope="module")
def found(whole, logs):
    return [own_rows(tables, whole, CASE, world.horizon) for world, tables in logs]


def test_what_lies_further_back_is_not_asked(settings, logs, found) -> None:
    world, tables = logs[0]
    policy = settings.policy.model_copy(update={"log_months": 6})
    newest = own_rows(tables, settings.model_copy(update={"policy": policy}), CASE, world.horizon)
    months = np.unique(newest.at.astype("datetime64[M]"))
    assert 4 <= len(months) <= 6
    assert len(newest) < len(found[0])


def test_a_log_without_logged_chances_is_an_empty_one(whole, logs) -> None:
    world, tables = logs[0]
    unlogged = tables["donor_contact"].with_columns(propensity=pl.lit(None, pl.Float64))
    rows = own_rows({**tables, "donor_contact": unlogged}, whole, CASE, world.horizon)
    assert len(rows) == 0
    assert "0 decisions drawn by lot" in own_values(rows, whole, CASE, world.horizon, {}).refusal


def states_of(world, rows):
    """The world's hidden state of each row's donor in the row's month, and whether it may give."""
    month = rows.at.astype("datetime64[M]").astype(int) - (world.start.year - 1970) * 12
    who = np.array([int(name[1:]) for name in rows.donor])
    recency, gifts, time, fatigue, able = (np.zeros(len(rows), int) for _ in range(5))
    lots = np.zeros((len(rows), len(ACTIONS)))
    for m in np.unique(month):
        state, here = world.natural[0][m], month == m
        mine = who[here]
        recency[here], gifts[here] = state.recency[mine], state.donations[mine]
        time[here], fatigue[here] = state.time[mine], state.fatigue[mine]
        may = behaviour.may_give(state, world.people, m)
        able[here] = may[mine]
        lots[here] = behaviour.lottery(state, world.people, may)[mine]
    return (recency, gifts, time), fatigue, able, lots


def true_rewards(world, rows, settings) -> np.ndarray:
    """What each action would truly bring in each row's month, (n, actions)."""
    rft, fatigue, able, _ = states_of(world, rows)
    truth = behaviour.WORLD
    odds = truth.base_log_odds(*rft)[:, None] + truth.lift()[:, fatigue].T
    chance = able[:, None] / (1 + np.exp(-odds))
    leaving = truth.leaving()[:, fatigue, able].T
    return chance * truth.worth() - np.asarray(truth.cost) - truth.opt_out_loss * leaving


def biased(world, rows, rng):
    """The part of the log that a service would have made which mostly writes to recent donors."""
    (recency, *_), _, _, lots = states_of(world, rows)
    eager = np.where(recency <= 6, 0.5, 0.15)
    contact = lots[:, 1:] / lots[:, 1:].sum(axis=1, keepdims=True) * eager[:, None]
    wanted = np.column_stack([1 - eager, contact])
    ratio = np.divide(wanted, lots, out=np.zeros_like(lots), where=lots > 0)
    keep = rng.random(len(rows)) < ratio[np.arange(len(rows)), rows.action] / ratio.max()
    kept = np.flatnonzero(keep)
    return replace(rows.take(kept), chance=wanted[kept, rows.action[kept]])


def test_intervals_cover_the_truth_and_the_plain_mean_of_a_biased_log_does_not(
    settings, logs, found
) -> None:
    covered, errors = 0, []
    for seed, ((world, _), rows) in enumerate(zip(logs, found, strict=True)):
        log = biased(world, rows, np.random.default_rng(seed))
        target = chances(AskTheRested(), log, settings)
        truth = (target * true_rewards(world, log, settings)).sum(axis=1).mean()
        told = own_values(
            log, _open_floor(settings), CASE, world.horizon, {SERVED: AskTheRested()}
        ).value(SERVED)
        answer = told.best
        assert answer.method == "dr"
        covered += answer.low <= truth <= answer.high
        errors.append((answer.value - truth, told.naive - truth))
    mean, se = np.mean(errors, axis=0), np.std(errors, axis=0, ddof=1) / np.sqrt(len(errors))
    assert covered >= len(SEEDS) - 2
    assert abs(mean[0]) < 3 * se[0]
    # Whom the log writes to gives more often anyway: the plain mean takes that for the policy's.
    assert mean[1] > 5 * se[1]
    assert mean[1] > 0.02


def _open_floor(settings):
    return settings.model_copy(
        update={"policy": settings.policy.model_copy(update={"minimum_log": 100})}
    )


def test_what_was_open_is_what_the_lottery_could_draw(settings, logs, found) -> None:
    for (world, _), rows in zip(logs[:3], found[:3], strict=True):
        _, _, _, lots = states_of(world, rows)
        # Incentives are off by default; the lottery tries them in one country.
        assert not (rows.open_to[:, 1:3] & (lots[:, 1:3] == 0)).any()
        assert rows.open_to[:, SMS].mean() > 0.5


def test_never_contacting_and_the_log_itself_are_told_beside(settings, logs, found) -> None:
    (world, _), rows = logs[0], found[0]
    told = own_values(rows, settings, CASE, world.horizon, {SERVED: AskTheRested()})
    assert {v.policy for v in told.values} == {SERVED, LOGGED, NEVER}
    logged = told.value(LOGGED, DONATIONS).best
    assert logged.value == pytest.approx(rows.donated.mean())
    over = told.difference(SERVED, NEVER, DONATIONS).found
    assert over.low < over.value < over.high
    assert over.se < told.value(SERVED, DONATIONS).best.se
    model = next(a for a in told.value(SERVED).answers if a.method == "dm")
    assert isinstance(model, ModelValue)
    assert "contacts tire" in " ".join(told.caveats)


def test_a_small_log_is_refused_in_words(settings, logs, found) -> None:
    (world, _), rows = logs[0], found[0]
    few = own_values(rows.take(np.arange(50)), settings, CASE, world.horizon, {})
    assert few.refusal == (
        "50 decisions drawn by lot have a known outcome; 1,000 are needed (policy.minimum_log)"
    )
    assert not few.values
    quiet = rows.take(np.flatnonzero(rows.action == NONE))
    told = own_values(quiet, settings, CASE, world.horizon, {})
    assert "never fell on a contact" in told.refusal


def test_a_policy_that_the_log_could_not_follow_gets_no_number(settings, logs, found) -> None:
    (world, _), rows = logs[0], found[0]
    never_email = rows.take(np.flatnonzero(rows.action != SMS))
    told = own_values(never_email, settings, CASE, world.horizon, {SERVED: AskTheRested()})
    answer = told.value(SERVED).best
    assert isinstance(answer, Refusal)
    assert "no overlap" in answer.words()
    assert told.difference(SERVED, NEVER).found is None
    assert "no overlap" in told.difference(SERVED, NEVER).refusal


def test_facts_of_each_moment_are_the_facts_of_that_moment(settings) -> None:
    donors, tables = random_tables(np.random.default_rng(5), 60)
    tables["donation"] = tables["donation"].with_row_index("donation")
    names, at = donors.to_list(), pl.Series(tables["donor"]["known_at"]).max()
    moments = [at + timedelta(days=d) for d in (0, 300, 700)]
    each = facts_each(tables, names * 3, np.repeat(np.array(moments, "datetime64[us]"), 60), "sms")
    for number, moment in enumerate(moments):
        known = {n: f.filter(pl.col("known_at") <= moment) for n, f in tables.items()}
        then = facts_of(known, names, moment, "sms")
        part = slice(60 * number, 60 * (number + 1))
        for name in ("known", "sex", "last_donation", "deferred_until", "opted_out"):
            np.testing.assert_array_equal(getattr(each, name)[part], getattr(then, name), name)
        np.testing.assert_array_equal(each.consent_since[part], then.consent_since)
        np.testing.assert_array_equal(each.haemoglobin[part], then.haemoglobin)


def test_two_and_three_months_in_a_row(settings, logs, found) -> None:
    (world, tables), rows = logs[1], found[1]
    named = {SERVED: AskTheRested()}
    for months in (2, 3):
        told = sequences(tables, rows, settings, CASE, world.horizon, months, named)
        assert told.refusal == ""
        assert told.left_out == 0
        weighted = told.answers[NEVER][0]
        assert isinstance(weighted, Estimate)
        assert weighted.support.mean_weight == pytest.approx(1, abs=0.05)
        assert told.answers[LOGGED][0].value < months * 0.2
        assert [a.method for a in told.answers[SERVED]] == ["wpdis", "wdr", "fqe"]


def test_months_that_were_not_drawn_although_something_was_open_stop_the_sequences(
    settings, logs, found
) -> None:
    (world, tables), rows = logs[1], found[1]
    month = rows.at.astype("datetime64[M]").astype(int)
    holes = rows.take(np.flatnonzero(month % 2 == 0))
    told = sequences(tables, holes, settings, CASE, world.horizon, 3, {})
    assert "cannot be weighed" in told.refusal
    assert not told.answers


def test_the_chance_of_a_variant_is_taken_out_of_the_propensity(
    settings, whole, logs, found
) -> None:
    (world, tables), rows = logs[3], found[3]
    quarter = pl.when(pl.col("action") != "none").then(0.25)
    tried = tables["donor_contact"].with_columns(
        propensity=pl.col("propensity") * quarter.otherwise(1.0), variant_propensity=quarter
    )
    again = own_rows(tables | {"donor_contact": tried}, whole, CASE, world.horizon)
    np.testing.assert_allclose(again.chance, rows.chance)
    np.testing.assert_array_equal(again.action, rows.action)


def test_a_project_without_a_champion_is_told_of_the_other_two(settings, project, logs) -> None:
    world, tables = logs[2]
    project.ops.migrate()
    for name, frame in tables.items():
        project.lake.replace(name, frame.to_arrow(), key="sample")
    at = add_months(world.start, 24)
    told = evaluate_own_log(project, settings, CASE, at)
    assert (told.model, told.refusal) == ("", "")
    assert {v.policy for v in told.values} == {LOGGED, NEVER}
    assert told.until <= add_months(at, -1)
    assert told.value(NEVER, RETURN).best.low > 0
