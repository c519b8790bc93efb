"""Other worlds that the truth might be: response refitted, effects and tempers perturbed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from perdure.methods.contact.actions import Floats
from perdure.methods.contact.world import ContactWorld

HAZARDS = (0.33, 0.5, 0.8)


def perturbed(world: ContactWorld, rng: np.random.Generator) -> ContactWorld:
    """A world drawn around ``world``.

    Another sample of donors behind the return model; hazard .33, .5 or .8; log odds ratios times
    exp N(0, .5), each its own; opt-out times .4 to 3; fading and recovery within half and one and
    a half; hidden differences between donors with log-sd .6. Source: reference, robustness.
    """
    effect = np.asarray(world.effect) * np.exp(rng.normal(0.0, 0.5, len(world.effect)))
    opt_out = np.asarray(world.opt_out) * np.exp(rng.uniform(np.log(0.4), np.log(3.0)))
    return replace(
        world,
        returns=world.returns.bootstrapped(rng),
        hazard=float(rng.choice(HAZARDS)),
        effect=_numbers(effect),
        opt_out=_numbers(opt_out),
        fading=float(world.fading * rng.uniform(0.5, 1.5)),
        recovery=float(min(1.0, world.recovery * rng.uniform(0.5, 1.5))),
        heterogeneity=0.6,
    )


def worlds(world: ContactWorld, count: int, seed: int) -> list[ContactWorld]:
    """``count`` perturbed worlds; the first ones are the same whatever the count."""
    made = np.random.SeedSequence(seed).spawn(count)
    return [perturbed(world, np.random.default_rng(one)) for one in made]


def pessimistic(world: ContactWorld, effect: float = 0.7, opt_out: float = 1.8) -> ContactWorld:
    """The world where contacts work less and drive away more."""
    return replace(
        world,
        effect=_numbers(np.asarray(world.effect) * effect),
        opt_out=_numbers(np.asarray(world.opt_out) * opt_out),
    )


def _numbers(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
