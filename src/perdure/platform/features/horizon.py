"""The data horizon: up to when does a table tell everything that happened?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from perdure.kernel.clock import same_day_or_month_end

LONGEST_GAP_DAYS = 31
CALENDAR_GAP_DAYS = 28


def data_horizon(days: Sequence[date], as_of: datetime) -> datetime | None:
    """The last moment before the next rows are due, and never after ``as_of``; None without rows.

    ``days`` are the distinct event days that are known. Tables stamped by calendar (monthly,
    yearly: no two days closer than 28 days) are complete until their next stamp is due, all
    others until their longest gap (at most 31 days) has passed.

    >>> data_horizon([date(2013, 12, 31), date(2014, 12, 31)], datetime(2020, 1, 1))
    datetime.datetime(2015, 12, 30, 23, 59, 59, 999999)
    >>> data_horizon([date(2014, 5, 1), date(2014, 5, 2)], datetime(2020, 1, 1))
    datetime.datetime(2014, 5, 2, 23, 59, 59, 999999)
    """
    known = sorted(set(days))
    if not known:
        return None
    newest = datetime.combine(known[-1], datetime.min.time())
    return min(as_of, _next_due(newest, known) - timedelta(microseconds=1))


def observed_dates(
    days: Sequence[tuple[date, datetime, datetime]],
    index_dates: Iterable[datetime],
    gap_months: int,
    span_months: int,
    as_of: datetime,
) -> list[datetime]:
    """The index dates whose outcome window is over, and in which the table has rows at all.

    ``days`` are day, first and last moment of every day with rows; the window of index date t is
    ``(t + gap, t + span]`` in months.
    """
    horizon = data_horizon([day for day, _, _ in days], as_of)
    found = []
    for at in sorted(set(index_dates)):
        start = same_day_or_month_end(at, gap_months)
        end = same_day_or_month_end(at, span_months)
        told = any(last > start and first <= end for _, first, last in days)
        if horizon is not None and end <= horizon and told:
            found.append(at)
    return found


def _next_due(newest: datetime, known: Sequence[date]) -> datetime:
    gaps = [(b - a).days for a, b in pairwise(known)]
    if not gaps:
        return newest + timedelta(days=1)
    if min(gaps) < CALENDAR_GAP_DAYS:
        return newest + timedelta(days=min(max(gaps), LONGEST_GAP_DAYS))
    months = min((b.year - a.year) * 12 + b.month - a.month for a, b in pairwise(known))
    return same_day_or_month_end(newest, max(months, 1))
