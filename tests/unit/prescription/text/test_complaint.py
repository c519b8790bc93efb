"""One form for every way to type a complaint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perdure.kernel.errors import ContractError, UnreadableFile
from perdure.solutions.prescription.text.complaint import DENIED, ComplaintText
from perdure.solutions.prescription.text.synonyms import bundled_synonyms, read_synonyms
from perdure.solutions.prescription.text.words import LIMIT

VOCABULARY = {"vomiting": 9, "headache": 5, "abdominal": 4, "lung": 3, "fever": 9, "cough": 9}


@pytest.fixture(scope="module")
def reader() -> ComplaintText:
    return ComplaintText(vocabulary=VOCABULARY)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Right lung is paining", "lung pain right"),
        ("pain in right lung", "lung pain right"),
        ("lung pain right", "lung pain right"),
        ("Patient c/o vomitting", "vomit"),
        ("no fever", "not_fever"),
        ("without fever", "not_fever"),
        ("pain w/o fever", "not_fever pain"),
        ("fever absent", "not_fever"),
        ("cough, no fever", "cough not_fever"),
        ("no fever, cough", "cough not_fever"),
        ("no fever, cough or rash", "not_cough not_fever not_rash"),
        ("no fever but cough", "cough not_fever"),
        ("non productive cough", "cough not_product"),
        ("no sleep", "insomnia"),
        ("grade 2 fever", "2 fever grade"),
        ("fever 103F", "fever"),
        ("known case of DM and HTN", "diabet hypertens known"),
        ("covid-19", "19 covid"),
        ("chestpain", "chest pain"),
        ("abdomnal pain", "abdomin pain"),
        ("right leg", "leg right"),
        ("tension headache", "headach tension"),
        ("the", ""),
        ("", ""),
    ],
)
def test_one_form(reader, typed, key) -> None:
    assert reader.read(typed).key == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("head ache", "headache"),
        ("loose motion since 2 days", "diarrhoea"),
        ("motions loose", "Diarrhea"),
        ("BP", "blood pressure"),
        ("high BP", "hypertension"),
        ("BP low", "hypotension"),
        ("sugar", "diabetes"),
        ("stomach ache", "pain in the abdomen"),
        ("backache", "pain back"),
        ("Ménière’s", "menieres"),
    ],
)
def test_same_complaint(reader, one, other) -> None:
    assert reader.key(one) == reader.key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("fever", "no fever"), ("high bp", "low bp"), ("right lung pain", "left lung pain")],
)
def test_other_complaint(reader, one, other) -> None:
    assert reader.key(one) != reader.key(other)


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("fever since 2 days", 2),
        ("fever 3days", 3),
        ("cough for 2-3 weeks", 17.5),
        ("a few days of cough", 3),
        ("cough x 3/7", 3),
        ("cough for 2/52", 14),
        ("fever since yesterday", 1),
        ("fever since last night", 0.5),
        ("fever since last week", 7),
        ("three days back fever", 3),
        ("fever x 3 d", 3),
        ("half day fever", 0.5),
        ("irregular periods since 3 months", 90),
        ("45 years old with fever", None),
        ("fever", None),
        ("fever for " + "9" * 300 + " days", None),
    ],
)
def test_durations(reader, typed, days) -> None:
    assert reader.read(typed).duration_days == days


def test_counts_ages_and_readings(reader) -> None:
    found = reader.read("45 years old, loose stools 4-5 times a day, temp 101")
    assert (found.counts[0].low, found.counts[0].high, found.counts[0].per) == (4, 5, "day")
    assert found.age_years == pytest.approx(45)
    assert found.numbers == (101,)
    assert reader.read("vomiting twice daily").counts[0].low == 2
    assert reader.read("vomiting x3").counts[0].high == 3


def test_corrections_are_told(reader) -> None:
    assert reader.read("abdomnal").corrected == (("abdomnal", "abdominal"),)
    assert ComplaintText().read("abdomnal").corrected == ()


def test_an_organisation_adds_its_words() -> None:
    own = ComplaintText(synonyms=bundled_synonyms().extended({"bad tummy": "abdominal pain"}))
    assert own.key("tummy is bad") == own.key("abdominal pain")


def test_synonym_files_are_checked(tmp_path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("# remark\nterm,means\nsneezing,allergic rhinitis\n")
    assert read_synonyms(good) == {"sneezing": "allergic rhinitis"}
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    with pytest.raises(ContractError, match="column"):
        read_synonyms(bad)
    bad.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile):
        read_synonyms(bad)


def test_a_megabyte_is_cut_and_says_so(reader) -> None:
    found = reader.read("fever " * 200_000)
    assert found.truncated
    assert found.key == "fever"
    assert len(found.text) <= LIMIT


def test_no_text_is_refused(reader) -> None:
    with pytest.raises(ContractError):
        reader.read(None)


@given(
    st.text(st.characters(), max_size=300)
    | st.binary(max_size=300).map(lambda b: b.decode("latin1"))
)
def test_any_text_has_one_form(reader, text) -> None:
    found = reader.read(text)
    assert found.key == reader.read(text).key
    assert found.key == " ".join(sorted([*found.words, *(DENIED + w for w in found.denied)]))


@given(st.permutations(["right", "lung", "severe", "pain"]))
def test_the_order_of_words_does_not_matter(reader, words) -> None:
    assert reader.key(" ".join(words)) == "lung pain right sever"


@pytest.mark.parametrize(
    "piece", ["since ", "2 ", ";,", ", no a or b", "\ufdfa", "\ud800", "a few "]
)
def test_no_text_costs_more_tokens_than_characters(reader, piece) -> None:
    found = reader.read(piece * 5_000)
    assert len(found.words) + len(found.denied) <= LIMIT
    assert len(found.numbers) + len(found.durations) + len(found.counts) <= LIMIT
