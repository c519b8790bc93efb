"""The sample world of the prescription assistant: 18 months of visits and their truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from perdure.kernel.clock import add_months
from perdure.kernel.errors import UsageError
from perdure.solutions.prescription.prescription import Entry, Patient, Prescription, Section
from perdure.solutions.prescription.sample.doctors import Doctors, draw_doctors
from perdure.solutions.prescription.sample.practice import SPECIALTIES, Ints, Practice, practice
from perdure.solutions.prescription.sample.rates import Drawn, draw_people, draw_visits
from perdure.solutions.prescription.sample.rows import (
    SECTIONS,
    Times,
    doctor_id,
    entry_rows,
    term_rows,
    visit_rows,
)
from perdure.solutions.prescription.sample.truth import best_one

START = datetime(2024, 7, 1)
MONTHS = 18
_OPEN, _HOURS = 9, 9
"""Doctors write from nine to six."""


@dataclass(frozen=True)
class PrescriptionWorld:
    """Doctors with habits, their visits, and how likely each entry was.

    The same seed and number of visits make the same world. ``size`` is what was asked for: the
    worlds of all solutions are made with the same number, that of a larger population.
    """

    seed: int = 0
    visits: int = 3_500
    size: int = 20_000
    cases: tuple[str, ...] = ("default",)
    start: datetime = START
    horizon: datetime = field(default=add_months(START, MONTHS) - timedelta(microseconds=1))

    @property
    def practice(self) -> Practice:
        """What goes with what."""
        return practice()

    @cached_property
    def doctors(self) -> Doctors:
        """The doctors and their habits."""
        return draw_doctors(self._rng("doctors"), self.practice, MONTHS)

    @cached_property
    def when(self) -> Times:
        """The moment of each visit, to the minute; no two visits share one."""
        days = (self.horizon - self.start).days + 1
        minutes = days * _HOURS * 60
        if self.visits > minutes // 2:
            raise UsageError(f"{self.visits:,} visits do not fit", expected=f"{minutes // 2:,}")
        drawn = np.sort(self._rng("when").choice(minutes, self.visits, replace=False))
        day, minute = np.divmod(drawn, _HOURS * 60)
        inside = (day * 24 + _OPEN) * 60 + minute
        return np.asarray(np.datetime64(self.start, "us") + inside.astype("timedelta64[m]"))

    @cached_property
    def drawn(self) -> Drawn:
        """The visits in order of time, with the true probability of every entry."""
        return self._drawn("visits", self.when)

    def tables(self, until: datetime, *, since: datetime | None = None) -> Mapping[str, pa.Table]:
        """Rows of every table that happened in ``(since, until]``, in the contract's columns."""
        ids = pa.array([f"v-{number:06d}" for number in range(self.visits)])
        whole = {
            "prescription_visit": visit_rows(self.drawn, self.doctors, ids, self.when),
            "prescription_entry": entry_rows(self.practice, self.drawn, ids, self.when),
            "prescription_term": term_rows(self.practice, self.start),
        }
        return {name: _between(table, since, until) for name, table in whole.items()}

    def between(self, since: datetime, until: datetime) -> Ints:
        """The visits of ``(since, until]``, as positions in order of time."""
        after, last = np.datetime64(since, "us"), np.datetime64(until, "us")
        return np.flatnonzero((self.when > after) & (self.when <= last))

    def best_one(self, name: str, visits: Ints) -> float:
        """The best possible share of ``visits`` with a true entry of a field among eight pills."""
        return best_one(self.practice, self.drawn, name, visits)

    def desk(self, count: int, at: datetime) -> list[Prescription]:
        """More visits at a moment, in no table: what simulated doctors write at their desks."""
        drawn = self._drawn("desk", np.full(count, np.datetime64(at, "us")))
        return [self._written(drawn, row) for row in range(count)]

    def unwritten(self, doctor: str) -> tuple[str, str, frozenset[str]]:
        """A brand whose molecule a doctor has not written so far, the molecule, all its brands.

        Of the molecule with most brands, the last one.
        """
        found, mine = self.practice, self.drawn.people.doctor == int(doctor[-2:]) - 1
        written = self.drawn.entered["molecule"][mine].any(axis=0)
        sizes = np.bincount(found.molecule) * ~written
        molecule = int(np.argmax(sizes))
        brands = [found.codes["brand"][i] for i in np.flatnonzero(found.molecule == molecule)]
        return brands[-1], found.codes["molecule"][molecule], frozenset(brands)

    def _drawn(self, what: str, when: Times) -> Drawn:
        rng, doctors = self._rng(what), self.doctors
        doctor = rng.choice(len(doctors), len(when), p=doctors.busy)
        span = np.datetime64(self.horizon, "us") - np.datetime64(self.start, "us")
        months = (when - np.datetime64(self.start, "us")) / span * MONTHS
        people = draw_people(rng, doctors, doctor, months)
        return draw_visits(rng, self.practice, doctors, people)

    def _written(self, drawn: Drawn, row: int) -> Prescription:
        people, place = drawn.people, list(SPECIALTIES.values())
        doctor = int(people.doctor[row])
        patient = Patient(int(people.age[row]), "female" if people.female[row] else "male")
        entries: dict[Section, tuple[Entry, ...]] = {}
        for name, section in SECTIONS.items():
            items = np.flatnonzero(drawn.entered[name][row])
            entries[section] = tuple(self._entry(name, int(item)) for item in items)  # type: ignore[index]
        specialty = place[int(self.doctors.specialty[doctor])]
        return Prescription(doctor_id(doctor), specialty, patient, entries)

    def _entry(self, name: str, item: int) -> Entry:
        found = self.practice
        code = found.codes[name][item]
        molecule = found.codes["molecule"][found.molecule[item]] if name == "brand" else ""
        return Entry(code, found.names[name, code], molecule)

    def _rng(self, what: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *what.encode()])


def _between(table: pa.Table, since: datetime | None, until: datetime) -> pa.Table:
    kept = pc.less_equal(table["event_time"], pa.scalar(until, pa.timestamp("us")))
    if since is not None:
        kept = pc.and_(kept, pc.greater(table["event_time"], pa.scalar(since, pa.timestamp("us"))))
    return table.filter(kept)


def sample(seed: int = 0, size: int = 20_000) -> PrescriptionWorld:
    """The sample world of that seed: 3,500 visits at the demo's usual size, more at a larger one.

    >>> sample(0, 20_000).visits
    3500
    """
    return PrescriptionWorld(seed=seed, visits=1_500 + size // 10, size=size)
