"""Every feature equals the oracle on random worlds; nothing that is known later changes one."""

from dataclasses import replace
from datetime import datetime

import features_oracle as oracle
from features_cases import (
    CONTRACTS,
    EVERYTHING,
    LAST_ONLY,
    MOMENTS,
    claim_row,
    once_stated,
    physician_row,
    shared_row,
    spine_of,
    spines,
    table,
    tables,
    worlds,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perdure.platform.features import restated, session
from perdure.platform.features.compute import compute_features
from perdure.platform.features.labels import compute_eligible, compute_labels
from perdure.platform.features.plan import Facts
from perdure.platform.features.population import population


def calm(examples):
    """Hypothesis without its clock: the machine may be busy."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def computed(world, spine, feature_set=EVERYTHING, contracts=CONTRACTS):
    return compute_features(tables(world), feature_set, contracts, spine_of(spine)).to_pylist()


def agree(found, wanted):
    for row, (got, due) in enumerate(zip(found, wanted, strict=True)):
        for name, value in due.items():
            assert oracle.same(got[name], value), f"row {row}, {name}: {got[name]} not {value}"


@calm(14)
@given(worlds, spines)
def test_features_equal_the_oracle(world, spine):
    found = computed(world, spine)
    assert [(r["entity"], r["at"]) for r in found] == spine
    agree(found, oracle.features(world, CONTRACTS, EVERYTHING, spine))


@calm(10)
@given(worlds, spines)
def test_features_of_tables_without_restated_facts_equal_the_oracle(world, spine):
    once = {n: once_stated(rows, CONTRACTS[n].keys) for n, rows in world.items()}
    agree(computed(once, spine), oracle.features(once, CONTRACTS, EVERYTHING, spine))


@calm(25)
@given(worlds, spines, st.booleans())
def test_last_known_values_equal_the_oracle(world, spine, dated):
    # Keys with and without the event time: only with it can restated facts be left alone.
    keys = ("npi", "event_time") if dated else ("npi", "product")
    contracts = {**CONTRACTS, "claims": replace(CONTRACTS["claims"], keys=keys)}
    found = computed(world, spine, LAST_ONLY, contracts)
    agree(found, oracle.features(world, contracts, LAST_ONLY, spine))


@calm(4)
@given(worlds, spines)
def test_what_the_engine_finds_out_about_tables_changes_no_feature(world, spine):
    once = {n: once_stated(rows, CONTRACTS[n].keys) for n, rows in world.items()}
    looked = computed(once, spine)
    always = session._matters, session._unique
    session._matters, session._unique = (lambda *_: True), (lambda *_: False)
    try:
        safe = computed(once, spine)
    finally:
        session._matters, session._unique = always
    agree(looked, safe)


def _later(moment):
    """Rows that become known only after a moment, and where they are put among the others."""
    known = st.sampled_from([m for m in (*MOMENTS, datetime(2031, 1, 1)) if m > moment])

    def of(row):
        late = st.tuples(row, known).map(lambda pair: {**pair[0], "known_at": pair[1]})
        return st.lists(late, min_size=1, max_size=8)

    return st.fixed_dictionaries(
        {"claims": of(claim_row), "physician": of(physician_row), "shared": of(shared_row)}
    )


def _known_by(world, moment):
    return {
        name: [r for r in rows if r["known_at"] is not None and r["known_at"] <= moment]
        for name, rows in world.items()
    }


@calm(10)
@given(worlds, st.sampled_from(MOMENTS), st.data())
def test_rows_known_after_the_moment_change_nothing(world, moment, data):
    spine = [(entity, moment) for entity in ("a", "b", "c", "d", "nobody")]
    before = _known_by(world, moment)
    late = data.draw(_later(moment))
    after = {
        name: [
            {**row, "_sequence": number}
            for number, row in enumerate(data.draw(st.permutations(rows + late[name])))
        ]
        for name, rows in before.items()
    }
    # The order of arrival is kept among the rows that were known, whatever comes between them.
    order = {name: sorted(rows, key=lambda r: r["_sequence"]) for name, rows in after.items()}
    kept = {n: [r for r in rows if r["known_at"] <= moment] for n, rows in order.items()}
    assert computed(after, spine) == computed(kept, spine)


@calm(4)
@given(worlds, spines, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(world, spine, random):
    mixed = {name: random.sample(rows, len(rows)) for name, rows in world.items()}
    agree(computed(mixed, spine), computed(world, spine))


@calm(15)
@given(worlds, st.sampled_from(MOMENTS))
def test_population_is_who_was_known(world, moment):
    found = population(tables(world), EVERYTHING, CONTRACTS, moment).to_pylist()
    known = oracle.counting(world["physician"], CONTRACTS["physician"], moment)
    wanted = sorted({r["npi"] for r in known} - {None})
    assert [(r["entity"], r["at"]) for r in found] == [(e, moment) for e in wanted]


def test_search_for_restated_facts_only_where_they_matter():
    dated = {n: replace(c, keys=(*c.keys, "event_time")) for n, c in CONTRACTS.items()}
    last = replace(LAST_ONLY, declarations=LAST_ONLY.declarations[:1])
    assert restated.must_search(last, CONTRACTS) == set()
    assert restated.must_search(LAST_ONLY, CONTRACTS) == {"claims"}
    assert restated.must_search(EVERYTHING, CONTRACTS) == {"claims", "physician"}
    assert restated.must_search(EVERYTHING, dated) == {"claims"}
    peers = replace(EVERYTHING, declarations=EVERYTHING.declarations[3:4])
    assert restated.must_search(peers, CONTRACTS) == {"claims", "physician"}
    assert restated.must_search(peers, dated) == {"claims"}


def test_facts_are_found_by_looking():
    world = {
        "claims": [
            {"npi": "a", "product": "X", "event_time": MOMENTS[0], "known_at": m}
            for m in MOMENTS[:2]
        ]
    }
    with session.session(
        {"claims": table("claims", world["claims"])},
        ["claims"],
        CONTRACTS,
        session.dates_spine(MOMENTS),
        edges={"claims": ("npi", "product")},
    ) as (_, known):
        assert known.facts_of("claims") == Facts(restated=True, unique_pairs=False)


def label_cases():
    from perdure.kernel.labels import LabelContract

    return st.builds(
        LabelContract,
        name=st.just("first"),
        entity=st.just("physician"),
        entity_key=st.just("npi"),
        source=st.just("claims"),
        amount=st.sampled_from(("claims", "cost")),
        event=st.just("product = :brand"),
        market=st.just("market = 'm'"),
        lookback_months=st.sampled_from((3, 12)),
        gap_months=st.sampled_from((0, 1)),
        window_months=st.sampled_from((1, 3, 6)),
        minimum_volume=st.sampled_from((1, 3)),
        minimum_market=st.sampled_from((1, 2)),
        observed_by=st.sampled_from(("activity", "horizon")),
        suppressed=st.sampled_from((None, "claims is null")),
        parameters=st.just({"brand": "X"}),
    )


@calm(30)
@given(worlds, label_cases(), st.lists(st.sampled_from(MOMENTS), max_size=4), st.data())
def test_labels_equal_the_oracle(world, label, dates, data):
    as_of = data.draw(st.sampled_from((MOMENTS[3], MOMENTS[5], MOMENTS[-1])))
    rows, contract = world["claims"], CONTRACTS["claims"]
    found = compute_labels(tables(world), label, CONTRACTS, dates, as_of).to_pylist()
    states = {r["at"]: r["state"] for r in found}
    # Which windows are told is the matter of test_horizon; here both sides take the same answer.
    wanted = oracle.labels(
        rows, contract, label, dates, as_of, lambda at: states.get(at) != "censored-horizon"
    )
    assert [{**r, "amount": None} for r in found] == [{**r, "amount": None} for r in wanted]
    assert all(oracle.same(f["amount"], w["amount"]) for f, w in zip(found, wanted, strict=True))
    eligible = compute_eligible(tables(world), label, CONTRACTS, dates).to_pylist()
    assert [(r["entity"], r["at"]) for r in eligible] == [(r["entity"], r["at"]) for r in found]
