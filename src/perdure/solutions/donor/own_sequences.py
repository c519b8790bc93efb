"""Two or three months in a row: what a policy brings when it is followed in each of them.

A sequence begins with a month in which the donor's action was drawn by lot. A later month without
such a row is one in which nothing was open, where every policy does nothing; where something was
open and no lot was drawn, the sequence cannot be weighed and is left out. Weights multiply from
month to month, so few sequences speak about a policy that differs from the lot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import polars as pl

from perdure.kernel.clock import add_months
from perdure.kernel.errors import NotEnoughData
from perdure.methods.contact.actions import ACTIONS, NONE, Bools, Floats, Ints
from perdure.methods.offpolicy.estimate import Answer, Estimate, Refusal
from perdure.methods.offpolicy.fitted_q import fitted_q, fqe
from perdure.methods.offpolicy.floor import judge
from perdure.methods.offpolicy.per_decision import wpdis
from perdure.methods.offpolicy.trajectories import TrajectoryLog
from perdure.methods.offpolicy.uplift import one_for_all
from perdure.methods.offpolicy.weighted_doubly_robust import wdr
from perdure.solutions.donor.eligibility import Moments
from perdure.solutions.donor.own_policies import LOGGED, NEVER, chances, states
from perdure.solutions.donor.own_rows import OwnRows, Tables, known_at, open_at, outcomes
from perdure.solutions.donor.predictor import DonorPredictor
from perdure.solutions.donor.settings import DonorSettings

METHODS = ("wpdis", "wdr", "fqe")
_LEFT_OUT = 0.02


@dataclass(frozen=True)
class Sequences:
    """What policies bring a donor over ``months`` in a row; answers by policy, or why none."""

    months: int
    sequences: int
    left_out: int
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    refusal: str = ""


@dataclass(frozen=True)
class _Cells:
    """(sequences, months): places in the log, -1 where nothing was drawn, and every moment."""

    place: Ints
    at: Moments
    doubled: Bools


def sequences(
    tables: Tables,
    rows: OwnRows,
    settings: DonorSettings,
    case: str,
    at: datetime,
    months: int,
    predictors: Mapping[str, DonorPredictor],
) -> Sequences:
    """Sequences of so many months that are over at ``at``, and what policies bring in them."""
    cells = _cells(rows, months, add_months(at, -settings.label.window_months))
    count = len(cells.place)
    if not count:
        return Sequences(months, 0, 0, refusal=f"no {months} months in a row are over yet")
    whole = _Whole.of(tables, rows, settings, case, at, cells)
    kept: Bools = np.asarray(~(whole.unknown | cells.doubled).any(axis=1))
    left_out = int(count - kept.sum())
    if left_out > _LEFT_OUT * count:
        words = (
            f"in {left_out:,} of {count:,} sequences a later month was not decided by one lot "
            "although contacts were open, so they cannot be weighed"
        )
        return Sequences(months, count, left_out, refusal=words)
    return Sequences(months, count, left_out, whole.answers(kept, predictors, settings))


@dataclass(frozen=True)
class _Whole:
    """Every cell described: flat arrays in the order of ``at.ravel()``."""

    shape: tuple[int, int]
    rows: OwnRows
    action: Ints
    chance: Floats
    unknown: Bools
    reward: Floats
    seen: Floats

    @classmethod
    def of(
        cls, tables: Tables, rows: OwnRows, settings: DonorSettings, case: str, at: datetime,
        cells: _Cells,
    ) -> _Whole:  # fmt: skip
        told = _every_cell(tables, rows, settings, case, cells)
        ends = np.concatenate([cells.at[:, 1:], _later(cells.at[:, -1:], settings)], axis=1)
        donated, left = outcomes(tables, told.donor.tolist(), told.at, ends.ravel(), at)
        told = replace(told, donated=donated, left=left)
        shape = cells.place.shape
        silent = (cells.place < 0) & told.open_to[:, 1:].any(axis=1).reshape(shape)
        return cls(
            shape, told, told.action.reshape(shape), told.chance.reshape(shape), silent,
            told.rewards(settings).reshape(shape), states(told.known),
        )  # fmt: skip

    def answers(
        self, kept: Bools, predictors: Mapping[str, DonorPredictor], settings: DonorSettings
    ) -> dict[str, tuple[Answer, ...]]:
        flat, H = np.repeat(kept, self.shape[1]), self.shape[1]
        targets = {name: chances(one, self.rows, settings) for name, one in predictors.items()}
        targets[NEVER] = one_for_all(len(flat), len(ACTIONS), NONE)
        seen = self.seen[flat].reshape(-1, H, self.seen.shape[1])
        entity = self.rows.donor.reshape(self.shape)[kept, 0]
        told = (self.action[kept], self.reward[kept], self.chance[kept])
        found = {}
        for name, target in targets.items():
            cube = target[flat].reshape(-1, H, len(ACTIONS))
            found[name] = _asked(TrajectoryLog(*told, cube, entity=entity), seen)
        logged = TrajectoryLog(*told, self.chance[kept], entity=entity)
        found[LOGGED] = (judge(wpdis(logged)),)
        return found


def _every_cell(
    tables: Tables, rows: OwnRows, settings: DonorSettings, case: str, cells: _Cells
) -> OwnRows:
    """The rows of all cells, one after another; without a lot nothing is done, for sure."""
    place, missing = cells.place.copy(), cells.place < 0
    donor = np.broadcast_to(rows.donor[place[:, :1]], place.shape)[missing]
    at, count = cells.at[missing], int(missing.sum())
    nobody = np.zeros(count, np.bool_)
    silent = OwnRows(
        donor, at, np.full(count, NONE), np.ones(count), nobody, nobody,
        known_at(tables, settings, case, donor.tolist(), at),
        open_at(tables, settings, case, donor.tolist(), at),
    )  # fmt: skip
    place[missing] = len(rows) + np.arange(count)
    return rows.plus(silent).take(place.ravel())


def _asked(log: TrajectoryLog, seen: Floats) -> tuple[Answer, ...]:
    """wpdis, and with action values wdr and fqe; no model's answer without an estimate."""
    first = judge(wpdis(log))
    try:
        q = fitted_q(log, seen)
    except NotEnoughData as error:
        return first, Refusal("wdr", (str(error),)), Refusal("fqe", (str(error),))
    second = judge(
        wdr(TrajectoryLog(log.action, log.reward, log.propensity, log.target, q=q,
                          entity=log.entity))
    )  # fmt: skip
    if isinstance(first, Estimate) or isinstance(second, Estimate):
        return first, second, fqe(log, q)
    alone = ("a model's answer is shown beside an estimate with an interval, and there is none",)
    return first, second, Refusal("fqe", alone)


def _cells(rows: OwnRows, months: int, over: datetime) -> _Cells:
    """Blocks of calendar months, the last of which is the last whole one before ``over``."""
    month = rows.at.astype("datetime64[M]").astype(np.int64)
    last = int(np.datetime64(over, "M").astype(np.int64)) - 1
    code = np.unique(rows.donor, return_inverse=True)[1].astype(np.int64)
    key = code * 100_000 + month
    keys, place, times = np.unique(key, return_index=True, return_counts=True)
    starts = place[(last - month[place]) % months == months - 1]
    starts = starts[month[starts] + months - 1 <= last]
    wanted = key[starts][:, None] + np.arange(months)
    spot = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    there = keys[spot] == wanted if len(keys) else np.zeros(wanted.shape, np.bool_)
    found = np.where(there, place[spot], -1) if len(keys) else wanted
    at = _grid(rows.at[starts], months)
    at = np.where(there, rows.at[np.maximum(found, 0)], at)
    return _Cells(found, at, there & (times[spot] > 1))


def _grid(starts: Moments, months: int) -> Moments:
    held = pl.Series(starts, dtype=pl.Datetime("us"))
    return np.column_stack([held.dt.offset_by(f"{m}mo").to_numpy() for m in range(months)])


def _later(at: Moments, settings: DonorSettings) -> Moments:
    held = pl.Series(at[:, 0], dtype=pl.Datetime("us"))
    return held.dt.offset_by(f"{settings.label.window_months}mo").to_numpy()[:, None]
