"""Many donors as one gymnasium vector environment. Needs the extra ``rl`` (gymnasium is enough)."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from perdure.methods.contact.actions import Bools, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import Singles
from perdure.methods.contact.gym.episodes import Episodes, Reward
from perdure.methods.contact.gym.spaces import action_space, observation_space
from perdure.methods.contact.world import ContactWorld

Stepped = tuple[Singles, Singles, Bools, Bools, dict[str, Any]]


class DonorsEnv(VectorEnv[Singles, Ints, Any]):
    """``count`` donors of ``population`` in one step; see ``Episodes`` for ``reward``.

    All episodes end in the same month. ``autoreset`` says what follows, in gymnasium's words: the
    next step begins new ones whatever its actions (``NEXT_STEP``), the same step does
    (``SAME_STEP``, with the last observations in ``infos["final_obs"]``), or ``reset`` must be
    called (``DISABLED``).
    """

    def __init__(
        self,
        world: ContactWorld,
        population: Donors,
        count: int,
        *,
        reward: Reward = "expected",
        autoreset: AutoresetMode = AutoresetMode.NEXT_STEP,
    ) -> None:
        self.episodes = Episodes(world, population, count, reward)
        self.num_envs = count
        self.metadata = {"render_modes": [], "autoreset_mode": autoreset}
        self.single_observation_space = observation_space(world)
        self.single_action_space = action_space()
        self.observation_space = batch_space(self.single_observation_space, count)
        self.action_space = batch_space(self.single_action_space, count)
        self._autoreset = autoreset

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Singles, dict[str, Any]]:
        """Everybody at the first month: what is observed, (count, 8).

        Options: ``donors`` and ``luck`` of ``Episodes.reset``; ``reset_mask`` (count,) as gymnasium
        defines it, which must name all donors, since they live through the same months.
        """
        super().reset(seed=seed)
        told = options or {}
        if not np.all(told.get("reset_mask", True)):
            raise ValueError("donors share their months: all of them are reset, or none")
        return self.episodes.reset(self.np_random, told.get("donors"), told.get("luck")), {}

    def step(self, actions: Ints) -> Stepped:
        """One month: observations, rewards, ends (count,), truncations (never), infos."""
        if self._autoreset is AutoresetMode.NEXT_STEP and self.episodes.env.done:
            seen = self.episodes.reset(self.np_random)
            return self._told(seen, np.zeros(self.num_envs, np.float32), over=False)
        rewards, over = self.episodes.step(actions)
        seen = self.episodes.observe()
        if over and self._autoreset is AutoresetMode.SAME_STEP:
            return self._begun_anew(seen, rewards)
        return self._told(seen, rewards, over=over)

    def _begun_anew(self, last: Singles, rewards: Singles) -> Stepped:
        final = np.empty(self.num_envs, object)
        final[:] = list(last)
        everybody = np.ones(self.num_envs, np.bool_)
        infos = {
            "final_obs": final,
            "_final_obs": everybody,
            "final_info": {},
            "_final_info": everybody,
        }
        told = self._told(self.episodes.reset(self.np_random), rewards, over=True)
        return (*told[:4], infos)

    def _told(self, seen: Singles, rewards: Singles, *, over: bool) -> Stepped:
        ends = np.full(self.num_envs, over)
        return seen, rewards, ends, np.zeros(self.num_envs, np.bool_), {}

    def action_masks(self) -> Bools:
        """What may be done with each donor, (count, actions)."""
        return self.episodes.masks()
