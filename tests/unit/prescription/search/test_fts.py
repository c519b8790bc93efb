"""Search as you type in one file."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perdure.kernel.errors import ContractError, IntegrityError, StoreError, UnreadableFile
from perdure.solutions.prescription.search.build import build_index
from perdure.solutions.prescription.search.fts import FtsIndex, verify_index
from perdure.solutions.prescription.search.protocol import Term


def codes(index: FtsIndex, text: str, kind: str = "diagnosis") -> list[str]:
    return [hit.code for hit in index.search(text, kind)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("h", "I10"),
        ("hyp", "I10"),
        ("hypertensio", "I10"),
        ("bp", "I10"),
        ("dm", "E11.9"),
        ("high blood", "I10"),
        ("diabetes", "E11.9"),
        ("type 1 dia", "E10.9"),
        ("E11.9", "E11.9"),
        ("e119", "E11.9"),
        ("hepatitis b", "B16.9"),
        ("ASTHMÁ", "J45.909"),
        ("the asthma of", "J45.909"),
        ("migraine", "G43.909"),
        # With a typing error.
        ("hypretension", "I10"),
        ("diabtes melitus", "E11.9"),
        ("astma", "J45.909"),
        ("hypertnsi", "I10"),
        # Its stem is that of "migrans", which is more popular.
        ("migrane", "G43.909"),
    ],
)
def test_first_hit(index, typed, first) -> None:
    assert codes(index, typed)[0] == first


def test_kinds_are_apart(index) -> None:
    assert codes(index, "d", "medicine") == ["dolo"]
    assert codes(index, "dolo") == []
    assert codes(index, "paracetmol", "medicine") == ["dolo"]


def test_the_name_that_matched_is_told(index) -> None:
    assert index.search("high bl", "diagnosis")[0].matched == "high blood pressure"
    assert index.search("bp", "diagnosis")[0].matched == "BP"
    assert index.search("essential", "diagnosis")[0].matched == "Essential (primary) hypertension"


def test_an_alias_is_found_at_once_also_elsewhere(index) -> None:
    other = FtsIndex(index.path, index.additions)
    assert codes(other, "sugar trouble") == []
    index.add(Term("own", "Sugar trouble", "diagnosis"), alias_of="E11.9")
    for one in (index, other):
        hit = one.search("sugar t", "diagnosis")[0]
        assert (hit.code, hit.matched) == ("E11.9", "Sugar trouble")
        assert hit.name == "Type 2 diabetes mellitus"
        assert codes(one, "suger trouble") == ["E11.9"]


def test_a_new_term_is_found_beside_the_others(index) -> None:
    index.add(Term("own-1", "Brain fog", "complaint"))
    index.add(Term("own-2", "Brain freeze", "complaint"))
    assert set(codes(index, "brain", "complaint")) == {"own-1", "own-2"}
    assert codes(index, "brain") == []


def test_additions_survive_a_new_build(index, tmp_path) -> None:
    index.add(Term("own", "Sugar", "diagnosis"), alias_of="E11.9")
    before = index.digest
    build_index(index.path, [Term("E11.9", "Diabetes", "diagnosis"), Term("X", "New", "diagnosis")])
    assert codes(index, "new") == ["X"]
    assert codes(index, "sugar") == ["E11.9"]
    assert index.digest != before


def test_an_alias_of_nothing_is_refused(index) -> None:
    with pytest.raises(ContractError, match="code"):
        index.add(Term("own", "Sugar", "diagnosis"), alias_of="Z99")
    with pytest.raises(StoreError, match="additions"):
        FtsIndex(index.path).add(Term("own", "Sugar", "diagnosis"))


def test_threads_add_and_search_together(index) -> None:
    def work(number: int) -> int:
        index.add(Term(f"own-{number}", f"Complaint number {number}", "complaint"))
        return len(index.search("complaint", "complaint", 100))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(40)))
    assert len(index.search("complaint number", "complaint", 100)) == 40


def test_the_digest_is_that_of_the_terms(tmp_path) -> None:
    terms = [Term("A", "One", "test"), Term("B", "Two", "test", popularity=2)]
    one = build_index(tmp_path / "one", terms)
    other = build_index(tmp_path / "other", terms[::-1])
    assert one.digest == other.digest == verify_index(one.path) == FtsIndex(other.path).digest
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "other"]


def test_a_failed_build_leaves_the_old_index(index, monkeypatch) -> None:
    before = index.path.read_bytes()

    def fails(*_):
        raise sqlite3.OperationalError("disk full")

    monkeypatch.setattr("perdure.solutions.prescription.search.build._fill", fails)
    with pytest.raises(StoreError, match="disk full"):
        build_index(index.path, [Term("A", "One", "test")])
    assert index.path.read_bytes() == before
    assert not list(index.path.parent.glob(".terms*"))


def test_what_is_no_index_is_said(tmp_path, index) -> None:
    with pytest.raises(UnreadableFile, match="no index"):
        FtsIndex(tmp_path / "none")
    (tmp_path / "text").write_text("hello" * 1000)
    with pytest.raises(UnreadableFile, match="no index"):
        FtsIndex(tmp_path / "text")
    with pytest.raises(ContractError):
        build_index(tmp_path / "empty", [])
    with sqlite3.connect(index.path) as connection:
        connection.execute("DELETE FROM term WHERE id = 1")
    connection.close()
    with pytest.raises(IntegrityError, match="terms"):
        verify_index(index.path)


def test_terms_and_kinds_are_checked(index) -> None:
    with pytest.raises(ContractError):
        Term("", "x", "test")
    with pytest.raises(ContractError):
        Term("x", "x", "no kind; DROP TABLE term")
    with pytest.raises(ContractError):
        index.search("x", "")
    assert index.search("x", "unheard_of") == []
    assert index.search("hyp", "diagnosis", 0) == []
    assert len(index.search("unspecified", "diagnosis", 1)) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=80)
    | st.sampled_from(['"', "*", "a OR b", "NEAR(a)", "a\0b", "\ud800x", "-", "^a"])
)
def test_any_text_gives_an_answer(index, text) -> None:
    assert len(index.search(text, "diagnosis")) <= 10


@pytest.mark.parametrize("text", ["a" * 1_000_000, "a " * 500_000, "unspecified " * 1_000])
def test_a_long_text_gives_an_answer(index, text) -> None:
    assert len(index.search(text, "diagnosis")) <= 10
