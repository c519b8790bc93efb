"""The part of a solution's settings that the life cycle itself reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from perdure.kernel.clock import add_months, same_day_or_month_end
from perdure.kernel.config import Settings


class IndexSettings(Settings):
    """At which dates the question was asked in the past, to learn from the answers.

    Counted back from the newest date whose outcome window is over and, ``lag_months`` later,
    known: every ``every_months``, at most ``count`` dates, none earlier than ``history_months``
    after the first row.
    """

    every_months: int = Field(3, ge=1, le=60)
    count: int = Field(6, ge=1, le=240)
    history_months: int = Field(12, ge=0, le=240)
    lag_months: int = Field(0, ge=0, le=60)

    def dates(self, first: datetime, as_of: datetime, span_months: int) -> list[datetime]:
        """The index dates, oldest first.

        >>> index = IndexSettings(every_months=6, count=2, history_months=12)
        >>> [str(d.date()) for d in index.dates(datetime(2020, 1, 1), datetime(2023, 1, 1), 6)]
        ['2022-01-01', '2022-07-01']
        """
        earliest = add_months(first, self.history_months)
        found: list[datetime] = []
        for step in range(self.count):
            back = span_months + self.lag_months + step * self.every_months
            moment = same_day_or_month_end(as_of, -back)
            if moment < earliest:
                break
            found.append(moment)
        return found[::-1]


class CasedSettings(Protocol):
    """What every solution's settings have: cases by name, and index dates."""

    @property
    def cases(self) -> Mapping[str, Any]:
        """The cases (brands, regions, programmes) by name."""
        ...

    @property
    def index(self) -> IndexSettings:
        """The dates to learn from."""
        ...
