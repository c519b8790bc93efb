"""Nobody is contacted against tables and rules: the blocks, the decision point, the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from donor_made import AT, must_be_left_alone, random_tables

from perdure.kernel.errors import LimitError
from perdure.methods.contact.actions import ACTIONS
from perdure.platform.decisions.history import History
from perdure.platform.decisions.limits import enforce
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.proposals import proposal_table
from perdure.platform.decisions.restrictions import SCHEMA
from perdure.platform.storage.ingest import ingest
from perdure.solutions.donor import tables as donor_tables
from perdure.solutions.donor.eligibility import (
    FOREVER,
    WORDS,
    DonorFacts,
    blocks,
    calendar,
    eligible,
)
from perdure.solutions.donor.facts import facts_of
from perdure.solutions.donor.masks import restrictions, rows_of
from perdure.solutions.donor.settings import DonorSettings

NOW = np.datetime64(AT, "us")
DAY = np.timedelta64(86_400_000_000, "us")
CASE = "default"


def changed(settings: DonorSettings, **parts) -> DonorSettings:
    told = settings.model_dump()
    for name, values in parts.items():
        told[name] = {**told[name], **values}
    return DonorSettings.model_validate(told)


def one(**known) -> DonorFacts:
    """A British woman who consented to everything, with what is said instead."""
    facts = replace(
        DonorFacts.nothing(1),
        sex=np.array([1], np.int16),
        countries=("", "GB"),
        country=np.array([1], np.int16),
        consent_since=np.full((1, 3), NOW - 100 * DAY),
    )
    return replace(facts, **{name: np.array([value]) for name, value in known.items()})


def may(facts, settings, at=NOW) -> list[bool]:
    return eligible(facts, settings, CASE, at)[0].tolist()


ALONE = [True, False, False, False]


def test_who_agreed_gets_messages_and_no_incentive(settings) -> None:
    assert may(one(), settings) == [True, True, True, False]


@pytest.mark.parametrize(
    "known",
    [
        {"known": False},
        {"opted_out": NOW - DAY},
        {"deferred_from": NOW - DAY, "deferred_until": NOW + DAY},
        {"deferred_from": NOW, "deferred_until": FOREVER},
        {"last_donation": NOW - 100 * DAY},
        {"haemoglobin": 12.4, "haemoglobin_at": NOW - DAY},
        {"ferritin": 14.0, "ferritin_at": NOW - DAY},
    ],
)
def test_each_block_closes_every_channel(settings, known) -> None:
    assert may(one(**known), settings) == ALONE


@pytest.mark.parametrize(
    "known",
    [
        {"opted_out": NOW - 200 * DAY},  # and consented again since
        {"deferred_from": NOW - 2 * DAY, "deferred_until": NOW},
        {"deferred_from": NOW + DAY, "deferred_until": FOREVER},
        {"last_donation": NOW - 112 * DAY},
        {"haemoglobin": 12.5, "haemoglobin_at": NOW - DAY},
        {"haemoglobin": 12.4, "haemoglobin_at": NOW - 85 * DAY},
        {"ferritin": 15.0, "ferritin_at": NOW - DAY},
    ],
)
def test_a_block_that_is_over_or_not_reached_closes_nothing(settings, known) -> None:
    assert may(one(**known), settings) == [True, True, True, False]


def test_the_interval_is_that_of_sex_and_country(settings) -> None:
    for sex, weeks in ((0, 16), (1, 16), (2, 12)):
        facts = one(last_donation=NOW - (weeks * 7 - 1) * DAY, sex=np.int16(sex))
        assert may(facts, settings) == ALONE
        assert may(facts, settings, NOW + DAY)[1]
    elsewhere = replace(one(last_donation=NOW - 57 * DAY), countries=("", "US"))
    assert may(elsewhere, settings)[1]


def test_an_unknown_country_gets_the_strictest_rule(settings) -> None:
    rules = settings.country_rules().by_country
    strict = rules["default"]
    for rule in rules.values():
        assert strict.whole_blood_weeks.female >= rule.whole_blood_weeks.female
        assert strict.whole_blood_weeks.male >= rule.whole_blood_weeks.male
        assert strict.haemoglobin_g_dl.female >= rule.haemoglobin_g_dl.female
        assert not rule.incentives_allowed
    assert may(one(country=np.int16(0), last_donation=NOW - 111 * DAY), settings) == ALONE


def test_an_incentive_needs_law_an_offer_and_no_cash(settings) -> None:
    allowed = {"GB": {"incentives_allowed": True, "source": "ours", "date": "2026-01-01"}}
    mug = {"offered": "mug", "catalogue": {"mug": {"cash_equivalent": False, "value": 5}}}
    card = {"offered": "card", "catalogue": {"card": {"cash_equivalent": True, "value": 5}}}
    law = changed(settings, rules=allowed)
    assert may(one(), law) == [True, True, True, False]
    assert may(one(), changed(settings, incentive=mug)) == [True, True, True, False]
    assert may(one(), changed(law, incentive=card)) == [True, True, True, False]
    assert may(one(), changed(law, incentive=mug)) == [True, True, True, True]
    abroad = replace(one(), countries=("", "US"))
    assert may(abroad, changed(law, incentive=mug)) == [True, True, True, False]


def test_a_case_contacts_its_own_countries_only(settings) -> None:
    here = changed(settings, cases={CASE: {"countries": ("CA",)}})
    assert may(one(), here) == ALONE
    assert may(replace(one(), countries=("", "CA")), here)[1]


def test_every_block_has_words(settings) -> None:
    assert {block.kind for block in blocks(one(), settings, CASE)} <= set(WORDS)


def test_the_calendar_says_when_and_why_not_before(settings) -> None:
    free = calendar(one(), settings, NOW)
    assert (free.on[0], free.reasons[0]) == (NOW, "")
    deferred = one(
        last_donation=NOW - 12 * DAY, deferred_from=NOW + 90 * DAY, deferred_until=NOW + 120 * DAY
    )
    told = calendar(deferred, settings, NOW)
    # The interval ends 100 days from now, inside the deferral that begins before.
    assert told.on[0] == NOW + 120 * DAY
    assert told.reasons[0] == "deferral, donation-interval"
    never = calendar(one(deferred_from=NOW, deferred_until=FOREVER), settings, NOW)
    assert np.isnat(never.on[0])
    assert never.reasons[0] == "deferral"


def contacted(donors, tables, settings, proposals) -> pl.DataFrame:
    """What the decision point leaves of the proposals, by the restrictions of these tables."""
    facts = facts_of(tables, donors.to_list(), AT, settings.incentive.carrier)
    policy = DecisionPolicy(consent_channels=settings.decision.consent_channels)
    table = proposal_table(proposals, policy, AT).with_columns(arm=pl.lit("treated"))
    told = rows_of(facts, settings, CASE, AT, donors.to_list())
    limited = enforce(table, restrictions=told, history=History.none(), policy=policy, at=AT)
    return limited.kept.filter(pl.col("action") != "none")


def random_proposals(rng, donors) -> pl.DataFrame:
    """Each donor with an action by lot: a policy that knows nothing and respects nothing."""
    action = pl.Series("action", rng.choice(np.array(ACTIONS), len(donors)))
    score = rng.random(len(donors))
    return pl.DataFrame({"entity": donors, "action": action, "channel": action, "score": score})


def violations(rng, settings, donors_a_chunk: int, chunks: int) -> tuple[int, int, int]:
    """Proposals made, contacts that were let through, and those that must not have been."""
    made = through = wrong = 0
    for _ in range(chunks):
        donors, tables = random_tables(rng, donors_a_chunk)
        proposals = random_proposals(rng, donors)
        kept = contacted(donors, tables, settings, proposals)
        made, through = made + proposals.height, through + kept.height
        for action in donor_tables.CHANNELS:
            carrier = settings.incentive.carrier if action == "incentive" else action
            alone = donors.filter(must_be_left_alone(donors, tables, carrier))
            found = kept.filter(pl.col("action") == action)["entity"].is_in(alone.implode())
            wrong += int(found.sum())
    return made, through, wrong


@pytest.fixture(scope="session")
def lawful(settings) -> DonorSettings:
    """Incentives allowed in one country, so that they are tried as well."""
    return changed(
        settings,
        rules={"US": {"incentives_allowed": True, "source": "ours", "date": "2026-01-01"}},
        incentive={"offered": "mug", "catalogue": {"mug": {"cash_equivalent": False, "value": 5}}},
    )


def test_no_policy_contacts_whom_it_must_not_in_a_million_proposals(lawful) -> None:
    made, through, wrong = violations(np.random.default_rng(7), lawful, 250_000, 4)
    assert made == 1_000_000
    assert through > 50_000  # the masks do not hold by closing everything
    assert wrong == 0


@pytest.mark.slow
def test_no_policy_contacts_whom_it_must_not_in_ten_million_proposals(lawful) -> None:
    made, _, wrong = violations(np.random.default_rng(8), lawful, 500_000, 20)
    assert made == 10_000_000
    assert wrong == 0


def test_without_the_masks_the_same_proposals_would_reach_them(lawful) -> None:
    """The property can fail: with restrictions taken away it does."""
    donors, tables = random_tables(np.random.default_rng(9), 2_000)
    nothing = {name: frame.clear() for name, frame in tables.items() if name == "donor_deferral"}
    proposals = random_proposals(np.random.default_rng(9), donors)
    kept = contacted(donors, {**tables, **nothing}, lawful, proposals)
    alone = donors.filter(must_be_left_alone(donors, tables, "sms"))
    assert kept.filter(pl.col("action") == "sms")["entity"].is_in(alone.implode()).any()


def test_the_action_mask_is_what_the_decision_point_lets_through(lawful) -> None:
    donors, tables = random_tables(np.random.default_rng(3), 20_000)
    facts = facts_of(tables, donors.to_list(), AT, lawful.incentive.carrier)
    mask = eligible(facts, lawful, CASE, NOW)
    for j, action in enumerate(donor_tables.CHANNELS, 1):
        proposals = pl.DataFrame(
            {"entity": donors, "action": action, "channel": action, "score": 1.0}
        )
        kept = contacted(donors, tables, lawful, proposals)["entity"]
        assert donors.is_in(kept.implode()).to_list() == mask[:, j].tolist()


def put(project, name: str, rows: list[dict]) -> None:
    contract = {c.name: c for c in donor_tables.TABLES}[name]
    kinds = {"until": pl.Datetime("us")} if "until" in rows[0] else {}
    frame = pl.DataFrame(rows, schema_overrides=kinds)
    report = ingest(project, contract, frame, source="test")
    assert report.quarantined == 0, report.by_rule


@pytest.fixture
def service(project):
    """Two donors who agreed to be written to."""
    then = AT - timedelta(days=500)
    when = {"event_time": then, "known_at": then}
    people = [{"donor": d, **when, "sex": "male", "country": "GB"} for d in ("a", "b")]
    put(project, "donor", people)
    given = [{"donor": d, **when, "channel": "all", "state": "given"} for d in ("a", "b")]
    put(project, "donor_consent", given)
    put(project, "donation", [{"donation": "1", "donor": "a", **when}])
    late = {"event_time": AT - timedelta(days=9), "known_at": AT - timedelta(days=9)}
    put(project, "donor_deferral", [{"donor": "b", **late, "until": None, "reason": "travel"}])
    return project


def kinds(frame: pl.DataFrame, donor: str) -> set[str]:
    return set(frame.filter(pl.col("entity") == donor)["kind"])


def test_restrictions_are_read_from_the_tables(service, settings) -> None:
    found = restrictions(service, settings, CASE, AT, ["a", "b", "stranger"])
    assert dict(found.schema) == SCHEMA
    assert kinds(found, "a") == {"consent", "incentive-not-allowed", "no-incentive"}
    assert "deferral" in kinds(found, "b")
    assert "unknown-donor" in kinds(found, "stranger")


def test_what_was_not_known_yet_does_not_count(service, settings) -> None:
    before = restrictions(service, settings, CASE, AT - timedelta(days=10), ["b"])
    assert "deferral" not in kinds(before, "b")


def test_a_restated_deferral_counts_as_it_was_told_last(service, settings) -> None:
    start, now = AT - timedelta(days=9), AT - timedelta(days=1)
    again = {"donor": "b", "event_time": start, "known_at": now, "reason": "travel"}
    put(service, "donor_deferral", [{**again, "until": AT - timedelta(days=2)}])
    assert "deferral" not in kinds(restrictions(service, settings, CASE, AT, ["b"]), "b")


def test_a_response_of_no_known_kind_that_was_set_aside_stops_everybody(service, settings) -> None:
    when = {"event_time": [AT], "known_at": [AT], "contacted_at": [None]}
    told = {"contact": ["1"], "donor": ["a"], **when, "kind": ["unsubscribed by phone"]}
    frame = pl.DataFrame(told, schema_overrides={"contacted_at": pl.Datetime("us")})
    ingest(service, donor_tables.RESPONSE, frame, source="test")
    with pytest.raises(LimitError, match="1 rows of 'donor_response' were set aside"):
        restrictions(service, settings, CASE, AT, ["a"])
    seen = changed(settings, masks={"looked_at": {"donor_response": 1}})
    assert restrictions(service, seen, CASE, AT, ["a"]).height


@pytest.mark.parametrize("order", [("given", "withdrawn"), ("withdrawn", "given")])
def test_given_and_withdrawn_at_one_moment_is_withdrawn(service, settings, order) -> None:
    same = {"donor": "a", "event_time": AT - timedelta(days=9), "known_at": AT - timedelta(days=9)}
    put(service, "donor_consent", [{**same, "channel": "sms", "state": word} for word in order])
    found = restrictions(service, settings, CASE, AT, ["a"])
    sms = found.filter(pl.col("channel") == "sms")
    assert set(sms["kind"]) == {"consent-withdrawn"}
    later = {name: AT - timedelta(days=8) for name in ("event_time", "known_at")}
    put(service, "donor_consent", [{**same, **later, "channel": "sms", "state": "given"}])
    found = restrictions(service, settings, CASE, AT, ["a"])
    assert set(found.filter(pl.col("channel") == "sms")["kind"]) == {"consent"}


def test_without_a_needed_table_nobody_may_be_contacted(project, settings) -> None:
    with pytest.raises(LimitError, match="no table 'donor', so nobody may be contacted"):
        restrictions(project, settings, CASE, AT, ["a"])


def test_a_deferral_that_was_set_aside_stops_everybody(service, settings) -> None:
    backwards = pl.DataFrame(
        {"donor": ["a"], "event_time": [AT], "known_at": [AT], "until": [AT], "reason": ["travel"]}
    )
    ingest(service, donor_tables.DEFERRAL, backwards, source="test")
    with pytest.raises(LimitError, match="1 rows of 'donor_deferral' were set aside"):
        restrictions(service, settings, CASE, AT, ["a"])
    seen = changed(settings, masks={"looked_at": {"donor_deferral": 1}})
    assert restrictions(service, seen, CASE, AT, ["a"]).height


def test_a_wrong_moment_is_not_read_as_free(settings) -> None:
    """NaT compares as false everywhere: no fact, no block, and no consent either."""
    assert may(DonorFacts.nothing(1), settings) == ALONE
    assert datetime(9999, 12, 31) == FOREVER.item()
