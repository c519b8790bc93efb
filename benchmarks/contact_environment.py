"""Steps per CPU second of the donor environment, and of learning on it, beside the usual forms.

Environment: the batch of ``--batch`` donors (with and without what a policy observes), its forms
for gymnasium and Stable-Baselines3, against one donor written in plain Python for gymnasium, and
against Stable-Baselines3's own stack of such donors (``make_vec_env``, 8 of them). Before it is
timed, the plain one is played beside the batch under the same luck; they must agree.

Learning: PPO as ``train_ppo`` does it, against Stable-Baselines3's defaults on the plain donor.

``python -m benchmarks.contact_environment [--batch 4096] [--seconds 3] [--json]``; what needs the
extra ``rl`` is left out, and said, where it is not installed. Aim: 5 million steps at 4,096.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import DRAWS, ContactEnvironment
from perdure.methods.contact.learning.extras import installed
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.world import ContactWorld

AIM = 5_000_000
STACK = 8
LEARNED = {"perdure": 98_304, "defaults": 8_192}
MEANS, SCALES = (9.5, 5.5, 1.3, 34.0), (8.0, 5.8, 0.9, 24.0)


def material() -> tuple[ContactWorld, Donors]:
    """A world with numbers near those of the UCI donors, and donors drawn at random."""
    rng = np.random.default_rng(0)
    world = ContactWorld(ReturnModel(MEANS, SCALES, (-0.7, 0.27, 0.82, -0.82), -1.5))
    first = rng.integers(2, 90, 5_000)
    return world, Donors.of(rng.integers(1, 24, 5_000), rng.integers(1, 12, 5_000), first)


def rate(once: Callable[[], int], seconds: float) -> float:
    """Steps per CPU second; ``once`` takes some and says how many."""
    once()
    steps, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds:
        steps += once()
    return steps / spent


def played(env: Any, wishes: Any, *, observed: bool = False) -> Callable[[], int]:
    """All donors through some months, with actions drawn beforehand; resets are the form's own."""

    def once() -> int:
        for wish in wishes:
            env.step(wish)
            if observed:
                env.observe()
        return int(wishes.size)

    return once


def batch(count: int, *, observed: bool) -> Callable[[], int]:
    """The batch environment itself."""
    world, donors = material()
    rng = np.random.Generator(np.random.SFC64(0))
    env = ContactEnvironment(world, donors.resampled(count, rng))
    months = played(env, rng.integers(0, 4, (world.months, count)), observed=observed)

    def once() -> int:
        env.reset(rng)
        return months()

    return once


def vector(count: int) -> Callable[[], int]:
    """The gymnasium vector form."""
    from gymnasium.vector import AutoresetMode

    from perdure.methods.contact.gym.donors import DonorsEnv

    world, donors = material()
    env = DonorsEnv(world, donors, count, autoreset=AutoresetMode.SAME_STEP)
    env.reset(seed=0)
    return played(env, np.random.default_rng(0).integers(0, 4, (world.months, count)))


def stable(count: int) -> Callable[[], int]:
    """The form for Stable-Baselines3."""
    from perdure.methods.contact.gym.stable import StableDonors

    world, donors = material()
    env = StableDonors(world, donors, count)
    env.reset()
    return played(env, np.random.default_rng(0).integers(0, 4, (world.months, count)))


def plain() -> Callable[[], int]:
    """One donor in plain Python."""
    from benchmarks.scalar_donor import ScalarDonor

    world, donors = material()
    env = ScalarDonor(world, donors)
    env.reset(seed=0)
    wishes = np.random.default_rng(0).integers(0, 4, 240).tolist()

    def once() -> int:
        for wish in wishes:
            if env.step(wish)[2]:
                env.reset()
        return len(wishes)

    return once


def stack() -> Callable[[], int]:
    """Stable-Baselines3's own stack of plain donors."""
    from stable_baselines3.common.env_util import make_vec_env

    from benchmarks.scalar_donor import ScalarDonor

    world, donors = material()
    env = make_vec_env(lambda: ScalarDonor(world, donors), STACK, seed=0)
    env.reset()
    return played(env, np.random.default_rng(0).integers(0, 4, (world.months, STACK)))


def disagreement(count: int = 200) -> float:
    """The largest difference of rewards between the plain donor and the batch, same luck."""
    from benchmarks.scalar_donor import ScalarDonor

    world, donors = material()
    rng = np.random.default_rng(1)
    env, many = ScalarDonor(world, donors), ContactEnvironment(world, donors.take(np.arange(count)))
    many.reset(rng)
    luck = rng.random((world.months, DRAWS, count), dtype=np.float32)
    wishes = rng.integers(0, 4, (world.months, count))
    told = np.array([many.step(wishes[m], luck[m]).expected for m in range(world.months)])
    apart = 0.0
    for place in range(count):
        env.reset(seed=0, options={"place": place})
        for month in range(world.months):
            reward = env.step(wishes[month, place], luck[month, :, place].tolist())[1]
            apart = max(apart, abs(reward - told[month, place]))
    return apart


def learning() -> dict[str, float]:
    """Learned steps per CPU second, both ways."""
    from stable_baselines3 import PPO

    from benchmarks.scalar_donor import ScalarDonor
    from perdure.methods.contact.learning import train_ppo
    from perdure.methods.contact.learning.extras import one_thread

    world, donors = material()
    train_ppo(world, donors, steps=1)
    began = time.process_time()
    train_ppo(world, donors, seed=1, steps=LEARNED["perdure"])
    ours = LEARNED["perdure"] / (time.process_time() - began)
    with one_thread():
        model = PPO("MlpPolicy", ScalarDonor(world, donors), seed=1, device="cpu")
        began = time.process_time()
        model.learn(LEARNED["defaults"])
    return {"perdure": ours, "defaults": LEARNED["defaults"] / (time.process_time() - began)}


def measured(count: int, seconds: float) -> dict[str, Any]:
    """All figures."""
    steps = {
        "batch, no observation": rate(batch(count, observed=False), seconds),
        "batch": rate(batch(count, observed=True), seconds),
    }
    found: dict[str, Any] = {"batch_size": count, "aim": AIM, "steps_per_cpu_s": steps}
    if importlib.util.find_spec("gymnasium"):
        found["largest_difference"] = disagreement()
        steps["gymnasium, vector form"] = rate(vector(count), seconds)
        steps["gymnasium, plain donor"] = rate(plain(), seconds)
    if installed("rl"):
        steps["stable-baselines3, batch form"] = rate(stable(count), seconds)
        steps["stable-baselines3, its own stack"] = rate(stack(), seconds)
        found["learned_per_cpu_s"] = learning()
    return found


def show(found: dict[str, Any]) -> None:
    """A table with ratios."""
    own = found["steps_per_cpu_s"]["batch"]
    for name, value in found["steps_per_cpu_s"].items():
        print(f"{name:36s} {value:14,.0f} steps/CPU-s   batch is {own / value:8.1f} x")
    if "largest_difference" in found:
        print(f"plain donor and batch, same luck: {found['largest_difference']:.1e} apart at most")
    if "learned_per_cpu_s" in found:
        ours, defaults = found["learned_per_cpu_s"].values()
        print(f"PPO: {ours:,.0f} learned steps/CPU-s, SB3 defaults {defaults:,.0f}: "
              f"{ours / defaults:.0f} x")  # fmt: skip
    else:
        print("left out: what needs the extra 'rl'. Next: pip install 'perdure[rl]'")


def main() -> int:
    """Measure; 1 when the plain donor and the batch disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=4_096)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measured(asked.batch, asked.seconds)
    if asked.json:
        print(json.dumps(found))
    else:
        show(found)
    return int(found.get("largest_difference", 0.0) > 1e-5)


if __name__ == "__main__":
    sys.exit(main())
