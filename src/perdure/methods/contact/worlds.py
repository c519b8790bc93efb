"""Other worlds that the truth might be: response refitted, effects and tempers perturbed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from perdure.methods.contact.actions import Floats
from perdure.methods.contact.world import ContactWorld


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the truth may lie from what is believed.

    ``effect``: standard deviation of each action's log odds ratio, on the log of it (one number)
    or as it is (one an action, from a log). ``opt_out``: the rate times this much, lowest and
    highest. ``hazard``: the monthly hazard times one of these. ``temper``: fading and recovery
    times one plus or minus this. ``heterogeneity``: log-sd of hidden differences between donors.
    """

    effect: float | tuple[float, ...] = 0.5
    opt_out: tuple[float, float] = (0.4, 3.0)
    hazard: tuple[float, ...] = (0.66, 1.0, 1.6)
    temper: float = 0.5
    heterogeneity: float = 0.6


WIDE = Spread()
"""Nothing but priors is known. Source: reference, robustness."""


def perturbed(world: ContactWorld, rng: np.random.Generator, spread: Spread = WIDE) -> ContactWorld:
    """A world drawn around ``world``, with another sample of donors behind the return model."""
    lot = rng.normal(0.0, 1.0, len(world.effect))
    effect = np.asarray(world.effect)
    if isinstance(spread.effect, float):
        effect = effect * np.exp(lot * spread.effect)
    else:
        effect = np.maximum(effect + lot * np.asarray(spread.effect), 0.0)
    opt_out = np.asarray(world.opt_out) * np.exp(rng.uniform(*np.log(spread.opt_out)))
    around = (1 - spread.temper, 1 + spread.temper)
    return replace(
        world,
        returns=world.returns.bootstrapped(rng),
        hazard=float(min(1.0, world.hazard * rng.choice(spread.hazard))),
        effect=_numbers(effect),
        opt_out=_numbers(opt_out),
        fading=float(world.fading * rng.uniform(*around)),
        recovery=float(min(1.0, world.recovery * rng.uniform(*around))),
        heterogeneity=spread.heterogeneity,
    )


def worlds(world: ContactWorld, count: int, seed: int, spread: Spread = WIDE) -> list[ContactWorld]:
    """``count`` perturbed worlds; the first ones are the same whatever the count."""
    made = np.random.SeedSequence(seed).spawn(count)
    return [perturbed(world, np.random.default_rng(one), spread) for one in made]


def pessimistic(
    world: ContactWorld, effect: float = 0.7, opt_out: float = 1.8, recovery: float = 1.0
) -> ContactWorld:
    """The world where contacts work less, drive away more, and tire for longer."""
    return replace(
        world,
        effect=_numbers(np.asarray(world.effect) * effect),
        opt_out=_numbers(np.asarray(world.opt_out) * opt_out),
        recovery=world.recovery * recovery,
    )


def _numbers(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
