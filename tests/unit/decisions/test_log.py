"""The decision log notices every change but an addition of its own."""

from __future__ import annotations

import stat
from datetime import datetime

import pytest
from sqlalchemy import text

from perdure.kernel.errors import IntegrityError
from perdure.platform.decisions.log import FIELDS, DecisionLog

AT = datetime(2026, 3, 1, 6)


def row(number: int) -> dict[str, object]:
    words = dict.fromkeys(FIELDS[1:], "x")
    numbers = {"score": number / 7, "propensity": 0.9, "rank": number}
    moments = dict.fromkeys(("data_as_of", "decided_at", "valid_from", "valid_to"), AT)
    return words | numbers | moments | {"id": f"dec_{number}", "reasons": "[]"}


@pytest.fixture
def log(project):
    made = DecisionLog(project.ops, project.var)
    for start in (0, 20):
        with project.ops.begin() as connection:
            made.append(connection, [row(start + i) for i in range(20)])
    return made


def change(project, *statements: str) -> None:
    with project.ops.begin() as connection:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        for statement in statements:
            connection.execute(text(statement))


def test_a_log_that_nobody_touched_is_intact(log) -> None:
    report = log.verify()
    assert report.intact
    assert (report.rows, report.witnessed) == (40, None)


def test_an_empty_log_is_intact(project) -> None:
    assert DecisionLog(project.ops, project.var).verify().intact


def test_a_second_process_continues_the_same_log(project, log) -> None:
    again = DecisionLog(project.ops, project.var)
    with project.ops.begin() as connection:
        assert again.append(connection, [row(99)]) == 41
    assert log.verify().intact


def test_nothing_is_added_by_a_transaction_that_fails(project, log) -> None:
    def interrupted() -> None:
        with project.ops.begin() as connection:
            log.append(connection, [row(50)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert log.verify().rows == 40
    assert log.verify().intact


@pytest.mark.parametrize("column", [*FIELDS[1:], "hash"])
def test_an_edit_of_any_column_is_seen(project, log, column) -> None:
    value = "7" if column in {"score", "propensity", "rank"} else "'2026-03-01 06:00:00.000001'"
    change(project, f'UPDATE decisions SET "{column}" = {value} WHERE sequence = 17')
    report = log.verify()
    assert not report.intact
    assert any("row 17" in p or "row 18" in p for p in report.problems)


@pytest.mark.parametrize("number", [1, 2, 20, 39, 40])
def test_a_deletion_is_seen(project, log, number) -> None:
    change(project, f"DELETE FROM decisions WHERE sequence = {number}")
    assert not log.verify().intact


@pytest.mark.parametrize("number", [1, 17, 40])
def test_a_deletion_that_closes_the_gap_is_seen(project, log, number) -> None:
    change(
        project,
        f"DELETE FROM decisions WHERE sequence = {number}",
        f"UPDATE decisions SET sequence = sequence - 1000 WHERE sequence > {number}",
        "UPDATE decisions SET sequence = sequence + 999 WHERE sequence < 0",
    )
    assert not log.verify().intact


def test_a_swap_of_two_rows_is_seen(project, log) -> None:
    change(
        project,
        "UPDATE decisions SET sequence = -1 WHERE sequence = 11",
        "UPDATE decisions SET sequence = 11 WHERE sequence = 12",
        "UPDATE decisions SET sequence = 12 WHERE sequence = -1",
    )
    assert not log.verify().intact


@pytest.mark.parametrize("kept", [0, 1, 20, 39])
def test_a_truncation_is_seen(project, log, kept) -> None:
    change(project, f"DELETE FROM decisions WHERE sequence > {kept}")
    assert not log.verify().intact


def test_a_truncation_that_moves_the_head_too_is_seen_by_its_signature(project, log) -> None:
    change(
        project,
        "DELETE FROM decisions WHERE sequence > 20",
        "UPDATE decision_heads SET sequence = 20, "
        "hash = (SELECT hash FROM decisions WHERE sequence = 20)",
    )
    assert log.verify().problems == ("the head is not signed with this project's key",)


def test_rows_without_a_head_are_seen(project, log) -> None:
    change(project, "DELETE FROM decision_heads")
    assert log.verify().problems == ("the log has rows but no head",)


def test_a_row_added_by_another_hand_is_seen(project, log) -> None:
    names = ", ".join(f'"{n}"' for n in (*FIELDS[2:], "hash"))
    change(
        project,
        f'INSERT INTO decisions (sequence, "id", {names}) '
        f"SELECT 41, 'dec_more', {names} FROM decisions WHERE sequence = 40",
    )
    assert not log.verify().intact


def test_an_older_copy_of_the_whole_store_is_seen_by_the_witness(project, log) -> None:
    with project.ops.connect() as connection:
        head = connection.execute(text("SELECT * FROM decision_heads")).one()
    with project.ops.begin() as connection:
        log.append(connection, [row(i) for i in range(60, 65)])
    log.keep_witness()
    assert log.verify().witnessed == 45
    change(
        project,
        "DELETE FROM decisions WHERE sequence > 40",
        f"UPDATE decision_heads SET sequence = {head.sequence}, hash = '{head.hash}', "
        f"signature = '{head.signature}'",
    )
    assert log.verify().problems == ("the log no longer holds the row 45 that was its end once",)


def test_a_wiped_store_is_seen_by_the_witness(project, log) -> None:
    log.keep_witness()
    change(project, "DELETE FROM decisions", "DELETE FROM decision_heads")
    assert not log.verify().intact


@pytest.mark.parametrize(
    "content", ["", "[]", '{"sequence": 40}', '{"sequence": 40, "hash": "a", "signature": "b"}']
)
def test_a_witness_that_was_changed_is_seen(project, log, content) -> None:
    log.keep_witness()
    (project.var / "decisions.head").write_text(content)
    assert not log.verify().intact


def test_nothing_is_added_to_a_log_that_was_shortened(project, log) -> None:
    change(project, "DELETE FROM decisions WHERE sequence = 40")
    refused = pytest.raises(IntegrityError, match="does not end where it was left")
    with refused, project.ops.begin() as connection:
        log.append(connection, [row(70)])


def test_nothing_is_added_with_another_key(project, log) -> None:
    (project.var / "decisions.key").write_text("00" * 32)
    refused = pytest.raises(IntegrityError, match="does not end where it was left")
    with refused, project.ops.begin() as connection:
        DecisionLog(project.ops, project.var).append(connection, [row(70)])


def test_many_problems_are_reported_in_part(project, log) -> None:
    change(project, "UPDATE decisions SET score = 5")
    assert len(log.verify().problems) == 20


def test_the_key_is_private_and_kept(project, log) -> None:
    key = project.var / "decisions.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_text()
    DecisionLog(project.ops, project.var).verify()
    assert key.read_text() == before
    assert [p.name for p in project.var.glob("decisions.key*")] == ["decisions.key"]
