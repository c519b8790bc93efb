"""Tables that come late, come short, or have no rhythm yet."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from perdure.kernel.clock import add_months
from perdure.kernel.tables import Column, TableContract
from perdure.platform.monitoring.deliveries import days_of, delivery_readings

CLAIMS = TableContract(
    "claims",
    "prescriptions",
    (
        Column("npi", "string", "physician"),
        Column("event_time", "timestamp", "when"),
        Column("known_at", "timestamp", "since when known"),
    ),
    keys=("npi", "event_time"),
)
END = datetime(2025, 12, 31, 23, 59, 59, 999_999)


def read(counts: list[tuple[datetime, int]], at: datetime = END, lag_days: int = 0):
    moments = [moment for moment, count in counts for _ in range(count)]
    frame = pl.DataFrame(
        {
            "npi": [str(i) for i in range(len(moments))],
            "event_time": pl.Series(moments, dtype=pl.Datetime("us")),
            "known_at": pl.Series(
                [m + timedelta(days=lag_days) for m in moments], dtype=pl.Datetime("us")
            ),
        }
    )
    found = delivery_readings(days_of(frame.lazy(), CLAIMS, at))
    return {r.monitor: r for r in found}


def monthly(last: int, months: int = 24, usual: int = 100):
    ends = [add_months(datetime(2024, 1, 31), i) for i in range(months)]
    return [(end, usual + (i * 7) % 11) for i, end in enumerate(ends[:-1])] + [(ends[-1], last)]


def words(found) -> dict[str, str]:
    return {name: reading.severity for name, reading in found.items()}


def test_months_as_usual_are_well() -> None:
    assert words(read(monthly(104))) == {"freshness": "ok", "volume": "ok"}


@pytest.mark.parametrize(
    ("last", "word"), [(82, "watch"), (60, "alarm"), (130, "watch"), (170, "alarm")]
)
def test_a_month_with_too_few_or_too_many_rows_is_seen(last, word) -> None:
    assert read(monthly(last))["volume"].severity == word


@pytest.mark.parametrize(("last", "word"), [(60, "watch"), (30, "alarm"), (170, "watch")])
def test_after_a_few_months_only_half_or_double_is_an_alarm(last, word) -> None:
    at = END.replace(year=2024, month=5)
    assert read(monthly(last, months=5), at)["volume"].severity == word


def test_a_month_that_is_not_over_is_not_counted() -> None:
    rows = [*monthly(104)[:-1], (datetime(2025, 12, 2), 4)]
    assert words(read(rows, datetime(2025, 12, 3))) == {"freshness": "ok", "volume": "ok"}


def test_months_without_any_row_are_seen() -> None:
    found = read(monthly(104)[:-4])
    assert found["volume"].severity == "alarm"
    assert found["freshness"].severity == "alarm"


def test_a_month_late_is_still_well_and_two_are_watched() -> None:
    assert read(monthly(104)[:-1])["freshness"].severity == "ok"
    assert read(monthly(104)[:-2])["freshness"].severity == "watch"


def test_a_lag_that_is_always_there_is_no_delay() -> None:
    late = read(monthly(104), lag_days=100)
    assert words(late) == {"freshness": "ok", "volume": "ok"}
    assert late["freshness"].evidence["newest_event"].startswith("2025-08-31")


def test_rows_that_were_not_known_then_do_not_count() -> None:
    early = read(monthly(104), datetime(2025, 6, 30), lag_days=45)
    assert early["freshness"].evidence["newest_event"].startswith("2025-04-30")


def test_days_without_work_are_no_loss() -> None:
    days = [datetime(2025, 1, 1) + timedelta(days=i) for i in range(365)]
    rows = [(day, 20) for day in days if day.weekday() < 5]
    assert words(read(rows)) == {"freshness": "ok", "volume": "ok"}


def test_a_table_with_swings_of_its_own_may_swing() -> None:
    ends = [add_months(datetime(2024, 1, 31), i) for i in range(24)]
    counts = [(end, 100 if i % 2 else 400) for i, end in enumerate(ends)]
    assert read(counts)["volume"].severity == "ok"


def test_yearly_tables_are_counted_by_year() -> None:
    found = read([(datetime(year, 12, 31), 500) for year in (2023, 2024, 2025)])
    assert words(found) == {"freshness": "ok", "volume": "ok"}
    assert found["volume"].evidence["period"] == "year"


def test_two_years_are_too_few_for_an_alarm() -> None:
    rows = [(datetime(2024, 12, 31), 500), (datetime(2025, 12, 31), 50)]
    assert read(rows)["volume"].severity == "watch"


def test_one_delivery_has_no_rhythm() -> None:
    found = read([(datetime(2013, 12, 31), 500)])
    assert words(found) == {"freshness": "ok"}
    assert "no rhythm" in found["freshness"].text


def test_a_list_that_is_loaded_once_and_then_mended_is_well() -> None:
    start = datetime(2024, 1, 31)
    mended = [(add_months(start, i), 3 + i % 4) for i in range(1, 24)]
    assert words(read([(start, 5_000), *mended])) == {"freshness": "ok", "volume": "ok"}


def test_an_empty_table_is_an_alarm() -> None:
    assert words(read([])) == {"volume": "alarm"}
