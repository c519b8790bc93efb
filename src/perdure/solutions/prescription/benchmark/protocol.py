"""The protocol: weights tuned on the tune year, everything refitted, measured on the test year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from perdure.kernel.errors import UsageError
from perdure.methods.recommend.membership import Floats, Ints
from perdure.methods.recommend.ranker import Ranker
from perdure.solutions.prescription.benchmark.material import Material
from perdure.solutions.prescription.engine.batches import as_written
from perdure.solutions.prescription.engine.fields import FIELDS
from perdure.solutions.prescription.engine.parts import Habit, Parts, fit_parts
from perdure.solutions.prescription.engine.stack import (
    StackSettings,
    drawn,
    enough,
    fit_stack,
    molecule_first,
)
from perdure.solutions.prescription.engine.tuning import tuned_habit, tuned_pool, with_habit

TUNED_ON = 2_500
"""Visits of the tune year on which a few weights are chosen."""


@dataclass(frozen=True, slots=True)
class Years:
    """Which years are learned from, tuned on, and measured."""

    train: tuple[int, ...]
    tune: int
    test: int

    def __post_init__(self) -> None:
        if self.tune not in self.train:
            raise UsageError(f"the tune year {self.tune} is none of the train years")
        if self.test <= max(self.train):
            raise UsageError(f"the test year {self.test} is not later than the train years")
        if not self.before:
            raise UsageError(f"no train year lies before the tune year {self.tune}")

    @property
    def before(self) -> tuple[int, ...]:
        """Train years before the tune year."""
        return tuple(year for year in self.train if year < self.tune)

    @property
    def all(self) -> tuple[int, ...]:
        """Every year that is read."""
        return (*self.train, self.test)


@dataclass(frozen=True, slots=True)
class Learned:
    """All that was tuned on the tune year, by field."""

    habit: dict[str, Habit]
    pool: dict[str, Floats]
    stack: dict[str, Ranker]


def parts_until(
    found: Material, years: Sequence[int], now: int, fields: Sequence[str],
    step: Callable[[str], None],
) -> Parts:  # fmt: skip
    """Parts fitted on whole years, as of the first month of the year ``now``."""
    rows = np.flatnonzero(np.isin(found.year, years))
    return fit_parts(found.visits.take(rows), found.terms, now * 12.0, fields=fields, step=step)


def tune(
    found: Material, years: Years, fields: Sequence[str], visits: int, step: Callable[[str], None]
) -> Learned:
    """Choose all weights on the tune year, with parts that were fitted on the years before it."""
    parts = parts_until(found, years.before, years.tune, fields, step)
    rows = np.flatnonzero(found.year == years.tune)
    some = drawn(rows, TUNED_ON, seed=1)
    learned = Learned({}, {}, {})
    for name in _in_order(fields):
        step(f"tuning {name}")
        asked = as_written(found.visits, some, name)
        if name != "brand":
            learned.habit[name] = tuned_habit(parts, found.visits, asked, name)
            parts = with_habit(parts, name, learned.habit[name])
        learned.pool[name] = tuned_pool(parts, found.visits, asked, name)
        step(f"growing trees for {name}")
        learned.stack[name] = fit_stack(
            parts,
            found.visits,
            rows,
            name,
            StackSettings(visits=enough(found.terms.width(FIELDS[name].of), visits)),
        )
    return learned


def refit(
    found: Material, years: Years, learned: Learned, fields: Sequence[str],
    step: Callable[[str], None],
) -> Parts:  # fmt: skip
    """Parts on all train years, with the weights that the tune year chose."""
    parts = parts_until(found, years.train, years.test, fields, step)
    parts.habit.update(learned.habit)
    return parts


def sampled(found: Material, year: int, count: int | None, seed: int = 0) -> Ints:
    """``count`` visits of the year, evenly drawn; all of them for None."""
    rows = np.flatnonzero(found.year == year)
    return drawn(rows, len(rows) if count is None else count, seed)


def _in_order(fields: Sequence[str]) -> list[str]:
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        raise UsageError(f"no field {', '.join(unknown)}", expected=", ".join(FIELDS))
    return molecule_first(fields)
