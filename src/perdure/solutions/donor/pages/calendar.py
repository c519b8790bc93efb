"""The eligibility calendar as a page shows it: counts per day, reasons, and who is next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from perdure.kernel.discovery import solution
from perdure.kernel.errors import PerdureError
from perdure.kernel.names import slug
from perdure.solutions.donor.eligibility import WORDS, Calendar, calendar
from perdure.solutions.donor.facts import READ, read_facts
from perdure.solutions.donor.pages.champion import NAME
from perdure.solutions.donor.pages.closed import closed
from perdure.solutions.donor.pages.held import Held, versions

if TYPE_CHECKING:
    import polars as pl

    from perdure.platform.storage.project import Project

WEEKS, NEXT = 8, 20
_SHADES = 4


@dataclass(frozen=True, slots=True)
class Eligible:
    """When one donor may next give whole blood: ``on`` None is never; ``now``: already."""

    donor: str
    centre: str
    on: date | None
    now: bool
    why: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the grid: how many may give from it on, and a shade from 0 to 4."""

    on: date
    count: int
    shade: int
    past: bool


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """All donors of a centre (or of all) by when they may give, and who is closed to any contact.

    ``wrong`` says why it is empty.
    """

    weeks: tuple[tuple[Day, ...], ...] = ()
    now: int = 0
    within: int = 0
    later: int = 0
    never: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    following: tuple[Eligible, ...] = ()
    closed: tuple[tuple[str, int], ...] = ()
    wrong: str = ""


def eligible_of(project: Project, donors: Sequence[str]) -> dict[str, Eligible]:
    """When each of these donors may give; nobody when the tables cannot tell."""
    at = project.clock.now()
    try:
        found = _found(project, at, list(donors))
    except PerdureError:
        return {}
    return {who: _one(found, n, who, "") for n, who in enumerate(donors)}


def calendar_page(project: Project, case: str, centre: str = "") -> CalendarPage:
    """The calendar of everybody who was asked about last, of one centre or of all."""
    table = f"predictions.{NAME}.{slug(case)}"
    if not project.lake.exists(table):
        return CalendarPage(wrong="nobody was scored yet")
    try:
        state = versions(project, (table, *(contract.name for contract in READ)))
        return _page(Held(project, (table, case, centre, *state)), table, case, centre)
    except PerdureError as error:
        return CalendarPage(wrong=str(error))


@lru_cache(maxsize=32)
def _page(of: Held, table: str, case: str, centre: str) -> CalendarPage:
    """Kept while nothing that it depends on has changed."""
    import polars as pl

    project = of.project
    rows = project.lake.scan(table)
    newest = rows.filter(pl.col("at") == pl.col("at").max())
    found = newest.select("entity", _centre(rows.collect_schema().names())).collect()
    if centre:
        found = found.filter(pl.col("centre") == centre)
    donors, centres = found["entity"].to_list(), found["centre"].to_list()
    at, settings = project.clock.now(), project.settings(solution(NAME))
    facts = read_facts(project, settings, at, donors)
    moment = np.datetime64(at, "us")
    made = _drawn(calendar(facts, settings, moment), donors, centres, at)
    return replace(made, closed=closed(facts, settings, case, moment))


def _centre(columns: Sequence[str]) -> pl.Expr:
    import polars as pl

    told = pl.col("centre") if "centre" in columns else pl.lit("")
    return told.fill_null("").alias("centre")


def _found(project: Project, at: datetime, donors: list[str]) -> Calendar:
    settings = project.settings(solution(NAME))
    return calendar(read_facts(project, settings, at, donors), settings, np.datetime64(at, "us"))


def _drawn(
    found: Calendar, donors: Sequence[str], centres: Sequence[str], at: datetime
) -> CalendarPage:
    first = at.date() - timedelta(days=at.weekday())
    days, free = found.on.astype("datetime64[D]"), found.reasons == ""
    waits = ~free & ~np.isnat(days)
    place = (days - np.datetime64(first)).astype(np.int64)
    inside = waits & (place < 7 * WEEKS)
    counts = np.bincount(place[inside], minlength=7 * WEEKS)
    order = np.flatnonzero(waits)[np.argsort(found.on[waits], kind="stable")][:NEXT]
    return CalendarPage(
        weeks=_weeks(first, counts, at.date()),
        now=int(free.sum()),
        within=int(inside.sum()),
        later=int(waits.sum() - inside.sum()),
        never=int((~free & np.isnat(days)).sum()),
        reasons=_reasons(found),
        following=tuple(_one(found, int(n), donors[n], centres[n]) for n in order),
    )


def _weeks(first: date, counts: npt.NDArray[np.int64], today: date) -> tuple[tuple[Day, ...], ...]:
    most = max(int(counts.max()), 1)
    shades = np.ceil(counts / most * _SHADES).astype(int)
    days = [
        Day(on := first + timedelta(days=n), int(counts[n]), int(shades[n]), on < today)
        for n in range(len(counts))
    ]
    return tuple(tuple(days[n : n + 7]) for n in range(0, len(days), 7))


def _reasons(found: Calendar) -> tuple[tuple[str, int], ...]:
    told, counts = np.unique(found.reasons[found.reasons != ""], return_counts=True)
    pairs = [(_words(str(why)), int(many)) for why, many in zip(told, counts, strict=True)]
    return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def _one(found: Calendar, n: int, donor: str, centre: str) -> Eligible:
    moment = found.on[n]
    on = None if np.isnat(moment) else moment.astype("datetime64[us]").item().date()
    why = str(found.reasons[n])
    return Eligible(donor, centre, on, not why, _words(why))


def _words(kinds: str) -> str:
    """Kinds of blocks in words.

    >>> _words("deferral, ferritin-low")
    'deferred, ferritin below the minimum'
    """
    return ", ".join(WORDS.get(kind, kind) for kind in kinds.split(", ")) if kinds else ""
