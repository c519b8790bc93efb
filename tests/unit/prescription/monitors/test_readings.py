"""Every reading, from made-up prescriptions of some weeks."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from perdure.platform.storage.project import Project
from perdure.solutions.prescription.engine.fields import SERVED
from perdure.solutions.prescription.monitors import Recent, monitors, readings
from perdure.solutions.prescription.solution import SOLUTION
from perdure.solutions.prescription.watch.seen import SCHEMA

MONDAY = datetime(2026, 1, 5)


def told(mean, deviation=0.01, weeks=10):
    return {"mean": mean, "deviation": deviation, "weeks": weeks}


PROFILE = {
    "weeks": {
        "one@8": {name: told(0.9) for name in SERVED},
        "unknown": {name: told(0.01) for name in SERVED},
        "items": told(5.0, 0.1),
    },
    "doctors": told(0.9, 0.02),
    "specialties": {"GP": told(0.9, 0.0, 1)},
    "brands": {"m": {"a": 500, "b": 500}},
    "brand_weeks": told(0.0, 0.001),
}


def seen(n=400, *, hit=0.9, unknown=0, entries=1, doctor=lambda i: f"d{i % 4}", week=3):
    rows = [
        (f"v{i}", MONDAY + timedelta(weeks=week, minutes=i), doctor(i), "GP", field,
         i % 100 < 100 * hit, entries, unknown)
        for i in range(n)
        for field in SERVED
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def answers(*shares, n=100):
    rows = [(MONDAY + timedelta(weeks=week), i < share * n) for week, share in enumerate(shares)
            for i in range(n)]  # fmt: skip
    return pl.DataFrame(rows, schema={"at": pl.Datetime("us"), "against": pl.Boolean}, orient="row")


def read(table=None, said=None, brands=None):
    said = answers() if said is None else said
    found = Recent(seen() if table is None else table, said, brands or {})
    return {(one.monitor, one.subject): one for one in readings(PROFILE, found)}


def test_as_usual_nothing_is_wrong_and_everything_is_read():
    found = read(said=answers(0.2, 0.2, 0.2, 0.2), brands={"m": {"a": 100, "b": 100}})
    assert {one.severity for one in found.values()} == {"ok"}
    assert {monitor for monitor, _ in found} == {
        "one@8 by week", "one@8 by doctor", "one@8 by specialty", "unknown entries",
        "items per prescription", "override rate", "brand share moved",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("monitor", "subject", "given"),
    [
        ("one@8 by week", "brand", {"table": seen(hit=0.6)}),
        ("one@8 by specialty", "GP", {"table": seen(hit=0.6)}),
        ("unknown entries", "diagnosis", {"table": seen(unknown=1)}),
        ("items per prescription", "all", {"table": seen(entries=2)}),
        ("override rate", "all", {"said": answers(0.2, 0.2, 0.2, 0.6)}),
        ("brand share moved", "all", {"brands": {"m": {"a": 180, "b": 20}}}),
    ],
)
def test_each_of_them_can_ring(monitor, subject, given):
    assert read(**given)[monitor, subject].severity == "alarm"


def test_one_doctor_whom_the_pills_fail_is_found():
    good, bad = seen(300, hit=1), seen(100, hit=0.4, doctor=lambda _: "unlucky")
    reading = read(pl.concat([good, bad]))["one@8 by doctor", "least helped"]
    assert reading.severity == "alarm"
    assert reading.evidence["doctor"] == "unlucky"


def test_small_numbers_are_not_read():
    assert read(seen(10), answers(0.9, n=10), {"m": {"a": 10}}) == {}


def test_the_newest_week_with_enough_visits_is_read():
    table = pl.concat([seen(100, hit=0.5, week=1), seen(100, hit=0.9, week=2), seen(5, week=3)])
    reading = read(table)["one@8 by week", "lab"]
    assert reading.value == pytest.approx(0.9)
    assert [week for week, _, _ in reading.evidence["course"]] == ["2026-01-12", "2026-01-19"]


def test_without_a_champion_nothing_is_read(tmp_path):
    project = Project.create(tmp_path / "clinic")
    assert monitors(project, project.settings(SOLUTION), "default", MONDAY) == []
