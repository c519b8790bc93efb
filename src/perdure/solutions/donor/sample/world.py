"""The sample world of donor engagement: tables, the true chances, and its own future."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import polars as pl
import pyarrow as pa

from perdure.kernel.clock import add_months
from perdure.kernel.errors import UsageError, did_you_mean
from perdure.methods.contact.actions import SMS
from perdure.solutions.donor.sample import behaviour, rows
from perdure.solutions.donor.sample.behaviour import Floats, Luck, Month, State
from perdure.solutions.donor.sample.people import Ints, People, draw_people, earlier_donations

START = datetime(2023, 1, 1)
HISTORY_MONTHS, FUTURE_MONTHS = 36, 12


@dataclass(frozen=True)
class DonorWorld:
    """Donors, months of donations and contacts drawn by lot, and the truth behind them.

    The same seed and size make the same world. Contacts are drawn by lot for 36 months, up to
    ``horizon``, each with its chance in the log; after it nobody is contacted but whom
    ``respond`` is told of. Donors obey the interval of their country.
    """

    seed: int = 0
    size: int = 6_000
    cases: tuple[str, ...] = ("default",)
    start: datetime = START
    horizon: datetime = field(default=add_months(START, HISTORY_MONTHS) - timedelta(microseconds=1))

    @property
    def months(self) -> int:
        """How many months can be asked for."""
        return HISTORY_MONTHS + FUTURE_MONTHS

    @cached_property
    def people(self) -> People:
        """The donors."""
        return draw_people(self._rng("people"), self.size, self.start.year)

    @cached_property
    def natural(self) -> tuple[list[State], list[Month]]:
        """States at the start of each month (one more than months), and what happened in each."""
        return self._played(State.first(self.people), 0, self.months, {})

    def names(self) -> list[str]:
        """The identifiers of all donors, in order."""
        return rows.donor_names(np.arange(self.size)).to_list()

    def tables(self, until: datetime, *, since: datetime | None = None) -> Mapping[str, pa.Table]:
        """Rows of every table that happened in ``(since, until]``, in the contract's columns."""
        _, months = self.natural
        return self._tables(since, until, 0, months[: self._reached(until)], whole=True)

    def best_possible(self, case: str, at: datetime) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Every donor, and the true chance of a donation in the month after ``at``.

        ``at`` is taken as the end of the last whole month before it. Within the history the
        chance includes the lot by which contacts are drawn; after it nobody is contacted.
        """
        self._check(case)
        month = self._months_before(at)
        if not 0 <= month < self.months:
            raise UsageError(f"the sample world knows no outcome after {at:%Y-%m-%d}")
        state = self.natural[0][month]
        chance = behaviour.expected(state, self.people, month, contacts=month < HISTORY_MONTHS)
        return tuple(self.names()), tuple(chance.tolist())

    def respond(
        self, treated: Mapping[str, tuple[str, ...]], start: datetime, end: datetime
    ) -> Mapping[str, pa.Table]:
        """Rows of ``(start, end]`` where exactly ``treated`` got an SMS in its first month.

        Everyone's luck stays the same. Whoever may not be contacted must not be among them:
        the world answers as asked, and an SMS to a deferred donor only drives them away.
        """
        first, last = self._months_before(start), self._reached(end)
        actions = np.zeros(self.size, np.int64)
        for case, entities in treated.items():
            self._check(case)
            chosen = np.isin(np.array(self.names()), np.array(entities, dtype=str))
            actions[chosen] = SMS
        state = self.natural[0][first]
        _, months = self._played(state, first, last, {first: actions}, contacts=False)
        return self._tables(start, end, first, months, whole=False)

    def _played(
        self,
        state: State,
        first: int,
        last: int,
        told: Mapping[int, Ints],
        *,
        contacts: bool = True,
    ) -> tuple[list[State], list[Month]]:
        states, months = [state], []
        for month in range(first, last):
            luck = Luck.drawn(self._rng(f"month {month}"), self.size)
            action, chance = np.zeros(self.size, np.int64), np.ones(self.size)
            if month in told:
                action = told[month]
            elif contacts and month < HISTORY_MONTHS:
                action, chance = behaviour.drawn_actions(states[-1], self.people, month, luck)
            after, happened = behaviour.play(states[-1], self.people, month, luck, action, chance)
            states.append(after)
            months.append(happened)
        return states, months

    def _tables(
        self,
        since: datetime | None,
        until: datetime,
        first: int,
        months: list[Month],
        *,
        whole: bool,
    ) -> dict[str, pa.Table]:
        if self._reached(until) > self.months:
            raise UsageError(f"the sample world ends before {until:%Y-%m-%d}")
        made: dict[str, list[pl.DataFrame]] = {}
        parts = [*self._before()] if whole else []
        for month, told in enumerate(months, first):
            luck = self._luck(month)
            parts += rows.month_rows(self.people, self.start, month, told, luck)
        for name, frame in parts:
            made.setdefault(name, []).append(frame)
        return {name: _between(frames, since, until) for name, frames in made.items()}

    def _before(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """What was there before the start: who donors are, what they agreed to, what they gave."""
        who, back = earlier_donations(self.people)
        registered = add_months(self.start, -int(back.max()) - 1)
        yield "donor", rows.donor_rows(self.people, registered)
        yield "donor_consent", rows.consent_rows(self.people, registered)
        for months in np.unique(back).tolist():
            begin = add_months(self.start, -months)
            yield "donation", rows.donation_rows(who[back == months], begin, f"b{months}")

    def _luck(self, month: int) -> Floats:
        return self._rng(f"blood {month}").random(self.size)

    def _reached(self, until: datetime) -> int:
        """How many months have begun by ``until``."""
        return (until.year - self.start.year) * 12 + until.month - self.start.month + 1

    def _months_before(self, at: datetime) -> int:
        """How many months of the world have ended by ``at`` (a month ends with its last day)."""
        after = at + timedelta(microseconds=1)
        return (after.year - self.start.year) * 12 + after.month - self.start.month

    def _rng(self, what: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *what.encode()])

    def _check(self, case: str) -> None:
        if case not in self.cases:
            raise UsageError(
                f"the sample world has no case {case[:64]!r}", hint=did_you_mean(case, self.cases)
            )


def _between(frames: list[pl.DataFrame], since: datetime | None, until: datetime) -> pa.Table:
    table = pl.concat(frames).filter(pl.col("event_time") <= until)
    if since is not None:
        table = table.filter(pl.col("event_time") > since)
    return table.to_arrow()


def sample(seed: int = 0, size: int = 20_000) -> DonorWorld:
    """The sample world of that seed: 6,000 donors at the demo's usual size, more at a larger one.

    >>> sample(0, 20_000).size
    6000
    """
    return DonorWorld(seed=seed, size=max(300, 3 * size // 10))
