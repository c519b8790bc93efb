"""Time as perdure keeps it: naive UTC, and a clock that tests and replays can set.

Stored timestamps are naive and mean UTC: an aware one would need a time-zone database in
every reader (DuckDB, Spark, a spreadsheet), and a mixed column is the worst of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from perdure.kernel.errors import UsageError


class Clock(Protocol):
    """Tells the time. Every part that needs the time is handed one."""

    def now(self) -> datetime:
        """The present moment, naive UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, naive UTC, to the microsecond."""
        return datetime.now(UTC).replace(tzinfo=None)


@dataclass
class FixedClock:
    """A clock that stands still until it is told to move.

    >>> clock = FixedClock(datetime(2026, 1, 31)); clock.advance(days=1); clock.now().day
    1
    """

    at: datetime

    def now(self) -> datetime:
        """The moment that was set last."""
        return self.at

    def advance(self, *, days: float = 0, seconds: float = 0) -> None:
        """Move the clock forward."""
        self.at += timedelta(days=days, seconds=seconds)


def parse_moment(text: str, *, end_of_day: bool = True) -> datetime:
    """A moment from ISO text. A bare date means the end of that day, as in "as of 2013-12-31".

    >>> parse_moment("2013-12-31")
    datetime.datetime(2013, 12, 31, 23, 59, 59, 999999)
    >>> parse_moment("2013-12-31T10:00:00+02:00")
    datetime.datetime(2013, 12, 31, 8, 0)
    """
    try:
        if len(text) == 10:
            day = datetime.combine(date.fromisoformat(text), datetime.min.time())
            return day + timedelta(days=1, microseconds=-1) if end_of_day else day
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text[:40]!r} is not a moment", expected="YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS"
        ) from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and hour some calendar months away, clamped to the end of a shorter month.

    This is the arithmetic of ``INTERVAL n MONTH`` in DuckDB and Spark.

    >>> add_months(datetime(2024, 3, 31), -1)
    datetime.datetime(2024, 2, 29, 0, 0)
    """
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last_day = (first_of_next - timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))


def same_day_or_month_end(moment: datetime, months: int) -> datetime:
    """As :func:`add_months`, but the last day of a month stays the last day of its month.

    Monthly and yearly tables are stamped on the last day; a plain month step from June 30 to
    March 30 would cut March's own rows off.

    >>> same_day_or_month_end(datetime(2026, 6, 30), -3)
    datetime.datetime(2026, 3, 31, 0, 0)
    """
    moved = add_months(moment, months)
    is_last = (moment + timedelta(days=1)).day == 1
    while is_last and (moved + timedelta(days=1)).day != 1:
        moved += timedelta(days=1)
    return moved
