"""How much of the possible gain each learner finds, by reward, seed by seed.

Donors of an RFMT file (UCI transfusion), the world of the default priors, 24 months. The gain is
the share of the way from never contacting to the exact optimum, over donors and luck that training
has not seen, as the mean of what each month adds to never contacting; its interval (95 %) is that
of the paired difference to the optimum under the same luck. Needs the extra ``rl``.

``python -m benchmarks.contact_learning --data transfusion.data [--methods ppo,maskable-ppo,dqn]
[--rewards above-never,expected,realised] [--seeds 101,102,103] [--steps N] [--json]``
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from perdure.methods.contact.actions import Floats
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.gym.episodes import REWARDS, Episodes
from perdure.methods.contact.learning import dqn, ppo, train_dqn, train_maskable_ppo, train_ppo
from perdure.methods.contact.planner import plan
from perdure.methods.contact.policies.planned import Planned
from perdure.methods.contact.policies.policy import ContactPolicy
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.world import ContactWorld

PLAYED = 100_000
LEARNERS: dict[str, tuple[Any, Any]] = {
    "ppo": (train_ppo, ppo.Settings),
    "maskable-ppo": (train_maskable_ppo, ppo.Settings),
    "dqn": (train_dqn, dqn.Settings),
}


def material(path: Path) -> tuple[ContactWorld, Donors]:
    """The world that the file's donors tell, and the donors."""
    rows = np.genfromtxt(path, delimiter=",", skip_header=1)
    donors = Donors.of(rows[:, 0], rows[:, 1], rows[:, 3])
    fitted = ReturnModel.fit(donors.recency, donors.donations, donors.months, rows[:, 4])
    return ContactWorld(fitted), donors


def added(policy: ContactPolicy, world: ContactWorld, donors: Donors) -> Floats:
    """What the policy adds to never contacting, for each donor."""
    episodes = Episodes(world, donors, len(donors), "above-never")
    episodes.reset(np.random.default_rng(99), donors)
    total, over = np.zeros(len(donors)), False
    while not over:
        rewards, over = episodes.step(policy.choose(episodes.env.situation))
        total += rewards
    return total


def measured(asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A row for each method, reward and seed."""
    world, donors = material(asked.data)
    played = donors.resampled(PLAYED, np.random.default_rng(4242))
    best = added(Planned(plan(world)), world, played)
    for method in asked.methods.split(","):
        train, settings = LEARNERS[method]
        for reward in asked.rewards.split(","):
            for seed in map(int, asked.seeds.split(",")):
                began = time.process_time()
                told = settings(reward=reward)
                network = train(world, donors, seed=seed, steps=asked.steps, settings=told)
                cpu = time.process_time() - began
                short = added(network, world, played) - best
                half = 1.96 * short.std() / np.sqrt(len(short)) / best.mean()
                gain = 1 + short.mean() / best.mean()
                yield {"method": method, "reward": reward, "seed": seed, "gain": float(gain),
                       "half_width": float(half), "train_cpu_s": cpu}  # fmt: skip


def main() -> int:
    """Train and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--methods", default=",".join(LEARNERS))
    parser.add_argument("--rewards", default=REWARDS[-1])
    parser.add_argument("--seeds", default="101,102,103,104,105")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    for row in measured(asked):
        if asked.json:
            print(json.dumps(row), flush=True)
        else:
            print("{method:13s} {reward:12s} seed {seed:4d}  gain {gain:.3f} +- {half_width:.3f}"
                  "  {train_cpu_s:.0f} CPU s".format(**row), flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
