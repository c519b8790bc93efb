"""How far a table tells: by its own calendar, and never beyond what was known."""

from datetime import date, datetime, timedelta

import pytest

from perdure.platform.features.horizon import data_horizon, observed_dates

FAR = datetime(2030, 1, 1)
LAST_MOMENT = timedelta(days=1, microseconds=-1)


def at_end(text):
    return datetime.fromisoformat(text) + LAST_MOMENT


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        # Yearly, stamped on the last day: complete until the next year's last day is due.
        (["2012-12-31", "2013-12-31"], "2014-12-30"),
        (["2011-12-31", "2012-12-31", "2013-12-31"], "2014-12-30"),
        # Monthly, stamped on the first, the middle and the last day.
        (["2024-10-01", "2024-11-01", "2024-12-01"], "2024-12-31"),
        (["2024-11-15", "2024-12-15"], "2025-01-14"),
        (["2024-01-31", "2024-02-29"], "2024-03-30"),
        # Quarterly.
        (["2024-03-31", "2024-06-30"], "2024-09-29"),
        # Daily with weekends: a Friday's data tell until Sunday.
        (["2024-05-02", "2024-05-03", "2024-05-06", "2024-05-10"], "2024-05-13"),
        (["2024-05-01", "2024-05-02"], "2024-05-02"),
        # One day tells that day.
        (["2024-05-01"], "2024-05-01"),
        # A hole in a daily table does not let it tell for longer than a month.
        (["2023-01-01", "2023-01-02", "2024-05-01"], "2024-05-31"),
    ],
)
def test_a_table_tells_until_its_next_rows_are_due(days, wanted):
    assert data_horizon([date.fromisoformat(d) for d in days], FAR) == at_end(wanted)


def test_nothing_is_told_beyond_what_was_known_and_without_rows():
    assert data_horizon([date(2024, 1, 1)], datetime(2024, 1, 1, 12)) == datetime(2024, 1, 1, 12)
    assert data_horizon([], FAR) is None


def day(text):
    moment = datetime.fromisoformat(text)
    return moment.date(), moment, moment


def observed(days, dates, *, gap=0, span=12, as_of=FAR):
    return observed_dates(
        [day(d) for d in days], [datetime.fromisoformat(d) for d in dates], gap, span, as_of
    )


def test_a_year_end_table_answers_for_the_year_that_it_has():
    days, dates = ["2012-12-31", "2013-12-31", "2014-12-31"], ["2013-12-31", "2014-12-31"]
    assert observed(days, dates) == [datetime(2013, 12, 31)]
    late = observed(days, ["2013-12-31T23:59:59.999999"])
    assert late == [datetime(2013, 12, 31, 23, 59, 59, 999999)]


def test_a_window_without_any_row_of_anybody_is_not_told():
    assert observed(["2012-12-31", "2013-12-31", "2014-12-31"], ["2013-12-31"], span=6) == []


def test_a_window_must_be_over():
    days = [f"2024-{m:02d}-01" for m in range(1, 13)]
    dates = ["2024-06-30", "2024-07-01"]
    assert observed(days, dates, span=6) == [datetime(2024, 6, 30)]
    assert observed(days, dates[:1], span=6, as_of=datetime(2024, 12, 30)) == []
