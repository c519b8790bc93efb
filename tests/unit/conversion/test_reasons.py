"""Reasons in words: value, comparison, and what is said when nothing is known."""

import pytest

from perdure.solutions.conversion.reasons import sentence


@pytest.mark.parametrize(
    ("feature", "value", "below", "above", "text"),
    [
        (
            "market_claims_1mo",
            42.0,
            0.93,
            0.02,
            "Writes 42 market prescriptions in the last month, more than 9 of 10 peers",
        ),
        (
            "market_claims_12mo",
            1204.0,
            0.55,
            0.4,
            "Writes 1,204 market prescriptions in 12 months",
        ),
        (
            "peers_city",
            0.31,
            0.8,
            0.1,
            "31% of colleagues in the city write the brand, more than for 8 of 10 peers",
        ),
        ("brand_contacts_3mo", 0.0, 0.0, 0.75,
         "Had 0 contacts about the brand in 3 months, less than 7 of 10 peers"),
        ("brand_contact_recency", None, None, None, "Never contacted about the brand"),
        ("brand_contact_recency", 1.0, 0.1, 0.8, "Last contact about the brand 1 day ago"),
        ("group_size", None, None, None, "Size of the group: not known"),
        ("grad_year", 1998.0, 0.9, 0.0, "Graduated in 1998"),
        ("cost_per_claim", 7.5, None, None, "A prescription costs 7.50 USD"),
        ("market_trend_12mo", -0.2, 0.2, 0.1,
         "Market prescriptions of the newer half year against the older: -20%"),
        ("brand_share_to_specialty", 1.42, 0.9, 0.0,
         "Share of brands: 1.4 times the specialty's mean"),
        ("market_claims_12mo_to_specialty", None, None, None,
         "Market prescriptions: no comparison with the specialty's mean"),
        ("generics_hidden", 1.0, 0.9, 0.0, "The source hides how many generics"),
        ("peers_state", 0.012, None, None, "1.2% of colleagues in the state write the brand"),
    ],
)  # fmt: skip
def test_sentences(feature, value, below, above, text):
    assert sentence(feature, value, below, above) == text


@pytest.mark.parametrize("feature", ["nothing_known", "x_12mo", "x_to_specialty"])
def test_an_unknown_feature_is_left_to_the_platform(feature):
    assert sentence(feature, 1.0, 0.5, 0.5) is None


def test_numbers_that_are_none_do_not_reach_the_reader():
    assert "nan" not in sentence("market_claims_12mo", float("nan"), None, None)
    assert "inf" not in sentence("market_claims_12mo", float("inf"), None, None)
