"""Donation rules by country: read as data, changed by a project, refused with a clear error."""

from __future__ import annotations

from pathlib import Path

import pytest

from perdure.kernel.config import load_settings
from perdure.kernel.errors import ConfigError
from perdure.solutions import donor
from perdure.solutions.donor.rules.country import (
    CountryChange,
    CountryRule,
    bundled,
    country_rules,
    parsed,
)
from perdure.solutions.donor.settings import DonorSettings

DEFAULTS = Path(donor.__file__).parent / "defaults.yaml"
OURS = {"source": "our own rules", "date": "2026-01-31"}


def loaded(tmp_path, text: str) -> DonorSettings:
    path = tmp_path / "donor.yaml"
    path.write_text(text)
    return load_settings(DonorSettings, "donor", [DEFAULTS, path], {}).value


def test_the_bundled_rules_say_where_they_are_from_and_what_to_check() -> None:
    rules = bundled().by_country
    assert {"GB", "US", "CA", "EU", "TW", "default"} <= set(rules)
    for rule in rules.values():
        assert rule.source
        assert set(rule.check) <= set(CountryRule.model_fields)
        # No minimum of haemoglobin was read in a document for both sexes.
        assert "haemoglobin_g_dl" in rule.check
    weeks = {code: rules[code].whole_blood_weeks for code in ("GB", "US", "CA")}
    assert (weeks["GB"].male, weeks["GB"].female) == (12, 16)
    assert (weeks["US"].male, weeks["US"].female) == (8, 8)
    assert weeks["CA"].female * 7 == 84


def test_incentives_are_off_everywhere() -> None:
    rules = bundled().by_country.values()
    assert not any(r.incentives_allowed or r.cash_equivalent_allowed for r in rules)


def test_a_project_changes_single_values_and_answers_for_them() -> None:
    change = CountryChange.model_validate(
        {"haemoglobin_g_dl": {"male": 13.5, "female": 12.5}} | OURS
    )
    made = country_rules({"GB": change}).of("GB")
    assert made.haemoglobin_g_dl.male == 13.5
    assert made.whole_blood_weeks == bundled().of("GB").whole_blood_weeks
    assert made.source == "our own rules"
    assert "haemoglobin_g_dl" not in made.check
    assert "ferritin_ug_l" in made.check
    assert bundled().of("GB").haemoglobin_g_dl.male == 13.0


def test_a_country_that_is_not_listed_starts_from_the_strict_rule() -> None:
    change = CountryChange.model_validate({"whole_blood_weeks": {"male": 8, "female": 12}} | OURS)
    made = country_rules({"DE": change}).of("de")
    assert (made.name, made.whole_blood_weeks.female) == ("DE", 12)
    assert made.haemoglobin_g_dl == bundled().of("default").haemoglobin_g_dl


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rules: {Germany: {source: us, date: 2026-01-31}}", "'Germany' is no country"),
        ("rules: {DE: {whole_blood_weeks: {male: 8, female: 12}}}", "rules.DE.source"),
        (
            "rules: {DE: {whole_blood_weeks: {male: -8, female: 9}, source: us, date: 2026-01-01}}",
            "greater than 0",
        ),
        ("rules: {DE: {interval: 8, source: us, date: 2026-01-31}}", "no such setting"),
        (
            "rules: {DE: {quiet_hours: [19, 9], source: us, date: 2026-01-31}}",
            "which is quiet in DE",
        ),
        ("decision: {quiet_hours: [22, 6]}", "which is quiet in"),
        ("incentive: {offered: mug}", "the catalogue lists nothing"),
        ("incentive: {catalogue: {mug: {value: 5}}}", "cash_equivalent"),
    ],
)
def test_a_wrong_setting_is_told_by_its_place(tmp_path, text, says) -> None:
    with pytest.raises(ConfigError, match=says.replace("'", ".")):
        loaded(tmp_path, text)


def test_wider_quiet_hours_may_be_set(tmp_path) -> None:
    assert loaded(tmp_path, "decision: {quiet_hours: [18, 10]}").decision.quiet_hours == (18, 10)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("GB: {name: x}", "GB.whole_blood_weeks"),
        ("a: [", "no YAML"),
        ("{}", "no rule 'default'"),
    ],
)
def test_a_wrong_file_of_rules_is_told_by_country_and_value(text, says) -> None:
    with pytest.raises(ConfigError, match=says):
        parsed(text, "mine.yaml")


@pytest.mark.parametrize(("text", "what"), [
    ("masks: { needs: [donor_deferal] }", "masks.needs.0"),
    # A span that leaves the calendar turned negative, and the donor was free at once.
    ("masks: { low_haemoglobin_weeks: 1.0e+12 }", "low_haemoglobin_weeks"),
    ("rules: { XX: { whole_blood_weeks: { male: 9999, female: 3 }, source: x, date: 2026-01-01 } }",
     "whole_blood_weeks.male"),
    ("cases: { default: { countries: [Germany] } }", "cases.default.countries.0"),
    ("policy: { caution: { nominal: null, careful: null, pessimistic: null, wary: null } }",
     "policy.caution"),
    ("policy: { caution: { nominal: [-1, 1, 1] } }", "policy.caution.nominal.0"),
    ("simulator: { priors: { odds_ratio: { sms: { value: 0, low: 0 } } } }", "odds ratio is above"),
    ("simulator: { priors: { recovery: { value: 5, high: 9 } } }", "recovery: a share is at most"),
    ("simulator: { priors: { cost: { pigeon: { value: 1, low: 0, high: 2, source: x } } } }",
     "no contact is called 'pigeon'"),
])  # fmt: skip
def test_a_setting_that_would_unprotect_or_mean_nothing_is_refused(tmp_path, text, what) -> None:
    with pytest.raises(ConfigError, match=what):
        loaded(tmp_path, text)
