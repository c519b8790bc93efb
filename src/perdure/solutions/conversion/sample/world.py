"""The sample world of conversion: tables, the best possible prediction, and its own future."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from perdure.kernel.clock import add_months
from perdure.kernel.errors import UsageError, did_you_mean
from perdure.solutions.conversion.sample import behaviour, contacts, rows
from perdure.solutions.conversion.sample.people import COMPETITORS, Ints, People, draw_people
from perdure.solutions.conversion.sample.practice import practice_rows
from perdure.solutions.conversion.sample.ties import Ties, draw_ties

START = datetime(2023, 1, 1)
HISTORY_MONTHS, FUTURE_MONTHS = 36, 12
MARKET = "demolipids"
GAP_MONTHS, WINDOW_MONTHS = 1, 3
"""The label to which the best possible prediction belongs (``defaults.yaml``)."""
_PRICE = {"OLDSTATIN": 110.0, "GENERICOL": 9.0, "GENERIXAN": 12.0}
_BRAND_PRICE = 260.0


@dataclass(frozen=True)
class ConversionWorld:
    """Physicians, months of claims and promotion, and the truth behind them.

    The same seed and size make the same world. ``horizon`` is the end of the 36th month; twelve
    more months can be asked for, so that decisions made at the horizon can have outcomes.
    """

    seed: int = 0
    size: int = 20_000
    cases: tuple[str, ...] = tuple(brand.name for brand in behaviour.BRANDS)
    start: datetime = START
    horizon: datetime = field(default=add_months(START, HISTORY_MONTHS) - timedelta(microseconds=1))

    @property
    def months(self) -> int:
        """How many months can be asked for."""
        return HISTORY_MONTHS + FUTURE_MONTHS

    @cached_property
    def people(self) -> People:
        """The physicians."""
        return draw_people(self._rng("people"), self.size, self.start.year, self.months)

    @cached_property
    def ties(self) -> Ties:
        """Who shares patients with whom."""
        return draw_ties(self._rng("ties"), self.people)

    @cached_property
    def contacts(self) -> dict[str, dict[str, contacts.Counts]]:
        """Contacts (months x physicians) by case and channel, without any decision."""
        return {
            case: contacts.draw_contacts(self._rng(f"contacts {case}"), self.people, self.months)
            for case in self.cases
        }

    @cached_property
    def truths(self) -> dict[str, behaviour.Truth]:
        """What settles each case."""
        return {
            brand.name: behaviour.settle(
                self._rng(f"truth {brand.name}"),
                brand,
                self.people,
                contacts.felt(self.contacts[brand.name]),
                self.months,
            )
            for brand in behaviour.BRANDS
        }

    @cached_property
    def natural(self) -> dict[str, tuple[Ints, NDArray[np.float64]]]:
        """First months and monthly chances of each case when nobody is acted upon."""
        return {case: behaviour.run(truth, self.ties) for case, truth in self.truths.items()}

    def tables(self, until: datetime, *, since: datetime | None = None) -> Mapping[str, pa.Table]:
        """Rows of every table that happened in ``(since, until]``, in the contract's columns."""
        began = {case: first for case, (first, _) in self.natural.items()}
        return self._tables(since, until, began, {})

    def best_possible(self, case: str, at: datetime) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Everyone not known to write at ``at``, and the true probability of the event after it.

        ``at`` is taken as the end of the last whole month before it. The event is a prescription
        in the outcome window of the default label (gap 1, window 3 months).
        """
        self._check(case)
        month = self._months_before(at) - 1
        if not 0 <= month <= self.months - GAP_MONTHS - WINDOW_MONTHS - 1:
            raise UsageError(f"the sample world knows no outcome after {at:%Y-%m-%d}")
        first, chances = self.natural[case]
        chance = behaviour.chance_of_event(
            chances, self.people.leaves, month, GAP_MONTHS, WINDOW_MONTHS
        )
        asked = (first >= month) & (self.people.leaves > month)
        return tuple(self.people.npi[asked].tolist()), tuple(chance[asked].tolist())

    def respond(
        self, treated: Mapping[str, tuple[str, ...]], start: datetime, end: datetime
    ) -> Mapping[str, pa.Table]:
        """Rows of ``(start, end]`` in the world where exactly ``treated`` were acted upon.

        Their monthly odds of conversion are ``behaviour.TREATED_ODDS`` times as high, in the
        months that begin in that time; everyone else's luck stays the same.
        """
        first, last = self._months_before(start), self._months_before(end) - 1
        began = {name: months for name, (months, _) in self.natural.items()}
        visits = {}
        for case, entities in treated.items():
            self._check(case)
            chosen = np.isin(self.people.npi, np.array(entities, dtype=str))
            began[case], _ = behaviour.run(self.truths[case], self.ties, chosen, first, last)
            visits[case, first] = chosen
        return self._tables(start, end, began, visits)

    def _tables(
        self,
        since: datetime | None,
        until: datetime,
        began: Mapping[str, Ints],
        visits: Mapping[tuple[str, int], NDArray[np.bool_]],
    ) -> dict[str, pa.Table]:
        if self._months_before(until) > self.months:
            raise UsageError(f"the sample world ends before {until:%Y-%m-%d}")
        made: dict[str, list[pa.Table]] = {
            "physician": [rows.physician_rows(self.people, self.start)],
            "shared_patients": [rows.tie_rows(self.people, self.ties, self.start)],
            "practice": list(self._practice(until)),
            "claims": [],
            "promotion": [],
        }
        reached = self._months_before(until + timedelta(days=31))
        for month in range(self._months_before(since) if since else 0, reached):
            made["claims"].append(self._claims(month, began))
            made["promotion"].extend(self._promotion(month, visits))
        return {name: _between(parts, since, until) for name, parts in made.items()}

    def _practice(self, until: datetime) -> Iterator[pa.Table]:
        year = self.start.year - 1
        while (end := datetime(year, 12, 31)) <= until:
            yield practice_rows(self._rng(f"practice {year}"), self.people, end)
            year += 1

    def _claims(self, month: int, began: Mapping[str, Ints]) -> pa.Table:
        rng, people = self._rng(f"claims {month}"), self.people
        season = 1 + 0.05 * np.sin(2 * np.pi * (month + 2) / 12)
        here = month < people.leaves
        others = rng.poisson(people.rate[:, None] * people.taste * season * here[:, None])
        counts = {name: others[:, i] for i, name in enumerate(COMPETITORS)}
        for brand in behaviour.BRANDS:
            first = began[brand.name]
            # Drawn for everyone, so that who is treated changes nobody else's numbers.
            again = rng.random(self.size) < behaviour.WRITES
            number = 1 + rng.poisson(people.rate * 0.15)
            writes = (first == month) | ((first < month) & again)
            counts[brand.name] = number * writes * here
        price = _PRICE | dict.fromkeys(self.cases, _BRAND_PRICE)
        end = add_months(self.start, month + 1) - timedelta(days=1)
        return rows.claim_rows(people, MARKET, end, counts, price)

    def _promotion(
        self, month: int, visits: Mapping[tuple[str, int], NDArray[np.bool_]]
    ) -> Iterator[pa.Table]:
        begin = add_months(self.start, month)
        for case, channels in self.contacts.items():
            for channel, counts in channels.items():
                number = counts[month]
                if channel == "call" and (case, month) in visits:
                    number = (number + visits[(case, month)]).astype(np.int8)
                yield rows.contact_rows(self.people, case, channel, begin, number)

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


def _between(parts: list[pa.Table], since: datetime | None, until: datetime) -> pa.Table:
    import pyarrow.compute as pc

    table = pa.concat_tables(parts)
    kept = pc.less_equal(table["event_time"], pa.scalar(until, pa.timestamp("us")))
    if since is not None:
        kept = pc.and_(kept, pc.greater(table["event_time"], pa.scalar(since, pa.timestamp("us"))))
    return table.filter(kept)


def sample(seed: int = 0, size: int = 20_000) -> ConversionWorld:
    """The sample world of that seed, with about ``size`` physicians."""
    return ConversionWorld(seed=seed, size=size)
