"""Label contracts: who is asked about, what counts, and what cannot be known."""

from dataclasses import replace

import pytest
from features_cases import CONTRACTS, moment, table
from test_semantics import claim

from perdure.kernel.errors import FeatureError
from perdure.kernel.labels import LabelContract
from perdure.platform.features.labels import STATES, compute_eligible, compute_labels

FIRST = LabelContract(
    "first-rx",
    "physician",
    "npi",
    "claims",
    "claims",
    "product = :brand",
    "market = 'm'",
    lookback_months=12,
    window_months=6,
    parameters={"brand": "X"},
)
T = "2024-06-30"
BEFORE = claim("2024-03-31", product="Y", claims=5)
# Something happens every month until the end of 2025, so that every window below is told.
OTHERS = [
    claim(f"{year}-{month:02d}-01", npi="z", product="Y", claims=0)
    for year in (2024, 2025)
    for month in range(1, 13)
]


def labels(rows, label=FIRST, *, dates=(T,), as_of="2026-06-30"):
    sources = {"claims": table("claims", [*rows, *OTHERS])}
    found = compute_labels(
        sources, label, CONTRACTS, [moment(d) for d in dates], moment(as_of)
    ).to_pylist()
    return [(r["entity"], r["label"], r["state"], r["amount"]) for r in found]


def eligible(rows, label=FIRST):
    sources = {"claims": table("claims", rows)}
    return compute_eligible(sources, label, CONTRACTS, [moment(T)])["entity"].to_pylist()


def test_states_are_the_ones_that_are_listed():
    assert len(STATES) == 5


def test_the_first_script_in_the_window_is_a_positive():
    assert labels([BEFORE, claim("2024-12-31")]) == [("a", 1, "positive", 1.0)]


def test_no_script_in_the_window_is_a_negative():
    early, late = claim("2024-06-30T00:00:00.000001"), claim("2025-01-01")
    assert labels([BEFORE, late]) == [("a", 0, "negative", 0.0)]
    assert labels([BEFORE, early])[0][1] == 1


def test_who_had_a_repeatable_event_is_asked_again():
    again, before = replace(FIRST, repeatable=True), claim("2024-03-31")
    assert eligible([before]) == []
    assert eligible([before], again) == ["a"]
    assert labels([before, claim("2024-08-01")], again) == [("a", 1, "positive", 1.0)]
    assert labels([before], again) == [("a", 0, "negative", 0.0)]


def test_the_window_begins_after_the_gap():
    gapped = replace(FIRST, gap_months=1)
    assert labels([BEFORE, claim("2024-07-31")], gapped)[0][1] == 0
    assert labels([BEFORE, claim("2024-08-01")], gapped)[0][1] == 1
    assert labels([BEFORE, claim("2025-01-31")], gapped)[0][1] == 1


def test_a_minimum_volume_is_reached_by_the_sum():
    adopted = replace(FIRST, minimum_volume=3)
    twice = [claim("2024-08-01", claims=2), claim("2024-09-01", claims=1)]
    assert labels([BEFORE, *twice], adopted) == [("a", 1, "positive", 3.0)]
    assert labels([BEFORE, *twice[:1]], adopted) == [("a", 0, "negative", 2.0)]


class TestEligibility:
    def test_needs_the_market_and_no_event_in_the_lookback(self):
        assert eligible([BEFORE]) == ["a"]
        assert eligible([BEFORE, claim("2024-01-01")]) == []
        assert eligible([BEFORE, claim("2023-06-30")]) == ["a"]
        assert eligible([claim("2023-06-30", product="Y")]) == []
        assert eligible([{**BEFORE, "market": "o"}]) == []

    def test_needs_the_minimum_of_the_market(self):
        assert eligible([BEFORE], replace(FIRST, minimum_market=5)) == ["a"]
        assert eligible([BEFORE], replace(FIRST, minimum_market=6)) == []

    def test_is_judged_by_what_was_known_at_the_index_date(self):
        unknown = claim("2024-01-01", known="2024-07-15")
        assert eligible([BEFORE, unknown]) == ["a"]
        assert eligible([claim("2024-03-31", product="Y", known="2024-07-01")]) == []

    def test_a_suppressed_event_in_the_lookback_was_an_event(self):
        hidden = replace(FIRST, suppressed="claims is null")
        assert eligible([BEFORE, claim("2024-01-01", claims=None)], hidden) == []


class TestCensoring:
    def test_a_window_that_is_not_over_is_censored_for_everybody(self):
        rows = [BEFORE, claim("2024-07-01"), replace_npi(BEFORE, "b")]
        found = labels(rows, as_of="2024-12-30")
        assert found == [
            ("a", None, "censored-horizon", None),
            ("b", None, "censored-horizon", None),
        ]

    def test_a_window_ends_with_the_data_not_with_the_calendar(self):
        sources = {"claims": table("claims", [BEFORE, claim("2024-04-01", product="Y")])}
        found = compute_labels(sources, FIRST, CONTRACTS, [moment(T)], moment("2030-01-01"))
        assert found["state"].to_pylist() == ["censored-horizon"]

    def test_who_is_not_active_in_the_window_is_censored_not_negative(self):
        active = replace(FIRST, observed_by="activity")
        assert labels([BEFORE], active) == [("a", None, "censored-activity", None)]
        again = claim("2024-09-01", product="Y")
        assert labels([BEFORE, again], active) == [("a", 0, "negative", 0.0)]

    def test_a_suppressed_event_leaves_the_answer_open(self):
        hidden = replace(FIRST, suppressed="claims is null", minimum_volume=11)
        rows = [BEFORE, claim("2024-09-01", claims=None)]
        assert labels(rows, hidden) == [("a", None, "censored-suppressed", None)]

    def test_unless_the_rest_is_enough(self):
        hidden = replace(FIRST, suppressed="claims is null", minimum_volume=11)
        rows = [BEFORE, claim("2024-09-01", claims=None), claim("2024-10-01", claims=12)]
        assert labels(rows, hidden) == [("a", 1, "positive", 12.0)]

    def test_a_number_in_a_suppressed_row_is_never_added(self):
        hidden = replace(FIRST, suppressed="cost > 0", minimum_volume=5)
        rows = [BEFORE, claim("2024-09-01", claims=9, cost=1.0)]
        assert labels(rows, hidden) == [("a", None, "censored-suppressed", None)]

    def test_a_suppressed_row_of_another_product_does_not_matter(self):
        hidden = replace(FIRST, suppressed="claims is null")
        rows = [BEFORE, claim("2024-09-01", product="Y", claims=None)]
        assert labels(rows, hidden) == [("a", 0, "negative", 0.0)]


def replace_npi(row, npi):
    return {**row, "npi": npi}


def test_the_outcome_is_what_is_known_at_the_horizon():
    late = claim("2024-12-01", known="2026-03-01")
    assert labels([BEFORE, late], as_of="2026-02-28")[0][1] == 0
    assert labels([BEFORE, late], as_of="2026-03-01")[0][1] == 1
    taken_back = claim("2024-12-01", known="2026-04-01", claims=0, sequence=1)
    assert labels([BEFORE, late, taken_back], as_of="2026-04-01")[0][1] == 0


def test_an_index_date_after_the_horizon_is_asked_about_but_not_answered():
    known_later = claim("2025-06-01", npi="b", product="Y")
    found = labels([BEFORE, known_later], dates=("2025-06-30",), as_of="2024-12-31")
    assert found == [("b", None, "censored-horizon", None)]


def test_index_dates_are_asked_once_and_in_order():
    found = labels([BEFORE, claim("2025-03-01")], dates=("2024-09-30", T, T))
    assert [(e, y) for e, y, _, _ in found] == [("a", 0), ("a", 1)]


def test_no_index_dates_and_no_rows_give_an_empty_table():
    sources = {"claims": table("claims", [])}
    for dates in ([], [moment(T)]):
        found = compute_labels(sources, FIRST, CONTRACTS, dates, moment("2025-01-01"))
        assert (found.num_rows, str(found.schema.field("label").type)) == (0, "int8")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"market": "markt = 'm'"}, "no column 'markt'"),
        ({"event": "product = :brnd"}, "no parameter ':brnd'"),
        ({"entity_key": "doctor"}, "no entity column 'doctor'"),
        ({"source": "klaims"}, "no table contract named 'klaims'"),
    ],
)
def test_a_wrong_contract_is_one_clear_error(change, says):
    with pytest.raises(FeatureError, match=says):
        labels([], replace(FIRST, **change))
