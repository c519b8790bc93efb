"""Headers: one table across spellings, eras and units; everything doubtful is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perdure.kernel.errors import ContractError
from perdure.kernel.tables import Column
from perdure.platform.storage.headers import match, plain
from perdure.platform.storage.units import canonical, conflict, split_unit

NAMES = ("npi", "event_time", "known_at", "visits", "cost", "channel", "paid")

# A busy machine is no fault of the code.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_names_match_whatever_their_case_blanks_and_dashes(contract):
    header = ["\ufeff NPI ", "Event Time", "known-at", "VISITS", " cost", "Channel ", "paid"]
    assert match(header, contract).positions == {name: i for i, name in enumerate(NAMES)}


def test_synonyms_of_other_eras_match(contract):
    found = match(["NPI_number", "Date of Visit", *NAMES[2:]], contract)
    assert (found.positions["npi"], found.positions["event_time"]) == (0, 1)


def test_the_order_of_columns_does_not_matter_and_others_are_named(contract):
    found = match(["extra", *reversed(NAMES), ""], contract)
    assert found.positions["npi"] == 7
    assert found.unused == ("extra",)


def test_columns_that_may_be_empty_may_be_absent(contract):
    found = match(["npi", "event_time", "known_at", "visits"], contract)
    assert found.absent == ("cost", "channel", "paid")


def test_a_default_stands_in_for_a_column(contract):
    found = match(["npi", "event_time", "visits"], contract, defaults={"known_at"})
    assert "known_at" in found.absent


def test_every_missing_column_is_named_with_the_nearest_one(contract):
    with pytest.raises(ContractError) as caught:
        match(["npi", "event_tme", "known_at"], contract, where="visits.csv")
    text = str(caught.value)
    assert text.startswith("visits.csv: no column for")
    assert "'event_time' (nearest: 'event_tme')" in text
    assert "'visits'" in text
    assert "synonym" in text


@pytest.mark.parametrize("twice", [("cost", "cost"), ("cost", " COST "), ("x y", "X_y")])
def test_a_header_that_is_there_twice_is_refused(contract, twice):
    header = [*NAMES[:4], *twice]
    with pytest.raises(ContractError, match="twice"):
        match(header, contract)


def test_two_columns_for_one_are_refused(contract):
    with pytest.raises(ContractError, match=r"several columns could be 'npi'.*'npi', 'NPI Number'"):
        match([*NAMES, "NPI Number"], contract)


def test_blank_headers_at_the_end_are_no_columns(contract):
    assert match([*NAMES, "", " ", ""], contract).unused == ()


@pytest.mark.parametrize("text", ["cost_eur", "Cost (EUR)", "cost [€]", "COST-EUR", "cost euros"])
def test_a_column_in_another_unit_is_refused(contract, text):
    header = [text if name == "cost" else name for name in NAMES]
    with pytest.raises(ContractError, match="'cost' is in usd"):
        match(header, contract)


@pytest.mark.parametrize("text", ["cost_usd", "Cost (USD)", "cost [$]", "COST-DOLLARS"])
def test_a_column_that_names_its_own_unit_matches(contract, text):
    header = [text if name == "cost" else name for name in NAMES]
    assert match(header, contract).positions["cost"] == 4


def test_a_unit_in_the_name_of_the_contract_counts_too(contract):
    amount = Column("amount_usd", "number", "", unit="usd")
    changed = replace(contract, columns=(*contract.columns, amount))
    with pytest.raises(ContractError, match="eur"):
        match([*NAMES, "amount_eur"], changed)
    with pytest.raises(ContractError, match=r"nearest: 'amount'"):
        match([*NAMES, "amount"], changed)


def test_a_unit_that_the_file_declares_is_compared(contract):
    with pytest.raises(ContractError, match="is in EUR"):
        match(NAMES, contract, units={4: "EUR"})
    assert match(NAMES, contract, units={4: "US$"}).positions["cost"] == 4


def test_words_that_are_no_units_never_conflict(contract):
    header = [*NAMES, "cost_group", "visits_m"]
    assert match(header, contract).unused == ("cost_group", "visits_m")


@unhurried
@given(st.text())
def test_plain_headers_stay_plain(text):
    assert plain(plain(text)) == plain(text)


@unhurried
@given(st.sampled_from(NAMES), st.sampled_from(["", " ", "\ufeff", "\t"]), st.booleans())
def test_decoration_never_changes_what_a_header_means(name, around, upper):
    decorated = around + (name.upper() if upper else name.replace("_", " ")) + around
    assert plain(decorated) == plain(name)


@unhurried
@given(st.text(max_size=30))
def test_any_header_can_be_parted_from_its_unit(text):
    base, unit = split_unit(text)
    assert unit is None or canonical(unit) is not None
    assert len(base) <= len(text)


@unhurried
@given(st.text(max_size=8), st.text(max_size=8))
def test_conflict_has_no_direction(one, other):
    assert conflict(one, other) == conflict(other, one)
    assert not conflict(one, one)
