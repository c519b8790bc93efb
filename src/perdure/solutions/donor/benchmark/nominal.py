"""The believed world: what every policy brings there, and its share of the gain of the optimum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from perdure.kernel.evidence import Measured
from perdure.methods.contact.actions import Floats
from perdure.methods.contact.rollout import Played, play
from perdure.solutions.donor.benchmark.contestants import Contestants, by_name, plan_of
from perdure.solutions.donor.benchmark.setting import Setting

CASE = "nominal"
_DRAWS = 400
_Z = 1.959964


def nominal_rows(found: Setting, every: Contestants) -> list[Measured]:
    """All metrics of all policies with 95 % intervals over donors; the same luck for all."""
    played = {
        name: play(policy, found.world, found.play, found.seed)
        for name, policy in by_name(every).items()
    }
    rows = [row for name, one in played.items() for row in _of(name, one)]
    rows += _gains(played, found.seed)
    rows += [Measured(CASE, name, "train-cpu-s", one.cpu, n=1) for name, one in every.made.items()]
    return [*rows, _exact(found, every)]


def _of(name: str, one: Played) -> Iterator[Measured]:
    yield mean_row(CASE, name, "return", one.expected)
    yield mean_row(CASE, name, "donations", one.donations.astype(np.float64))
    yield mean_row(CASE, name, "opt-outs", one.opted_out.astype(np.float64))
    yield mean_row(CASE, name, "contacts", one.contacts.astype(np.float64))
    yield Measured(CASE, name, "cvar10", one.cvar(), n=len(one.returns))


def _gains(played: Mapping[str, Played], seed: int) -> Iterator[Measured]:
    """(policy - never) / (optimum - never), by bootstrap over donors."""
    never, best = played["never"].expected, played["dp"].expected
    count, rng = len(never), np.random.default_rng(seed)
    weights = rng.multinomial(count, np.full(count, 1 / count), _DRAWS).astype(np.float32)
    whole = weights @ (best - never).astype(np.float32)
    for name, one in played.items():
        apart = (one.expected - never).astype(np.float32)
        value = float(apart.mean() / (best - never).mean())
        low, high = np.quantile((weights @ apart) / whole, [0.025, 0.975])
        yield Measured(CASE, name, "gain", value, float(low), float(high), count)


def _exact(found: Setting, every: Contestants) -> Measured:
    """The value of the optimum as planning has it, over the donors that are played."""
    donors = found.play
    values = plan_of(every, "dp").value(donors.recency, donors.donations, donors.months)
    return Measured(CASE, "dp", "planned return", float(values.mean()), n=len(donors))


def mean_row(case: str, method: str, metric: str, values: Floats) -> Measured:
    """A mean with its 95 % interval; one value alone has none."""
    if len(values) < 2:
        return Measured(case, method, metric, float(values.mean()), n=len(values))
    error = _Z * float(values.std(ddof=1)) / np.sqrt(len(values))
    mean = float(values.mean())
    return Measured(case, method, metric, mean, mean - error, mean + error, len(values))
