"""The batch environment as Stable-Baselines3 asks for it: all donors in one step, in one process.

Needs the extra ``rl``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from perdure.methods.contact.actions import Bools, Ints
from perdure.methods.contact.donors import Donors
from perdure.methods.contact.environment import Singles
from perdure.methods.contact.gym.episodes import Episodes, Reward
from perdure.methods.contact.gym.spaces import action_space, observation_space
from perdure.methods.contact.world import ContactWorld


class StableDonors(VecEnv):  # type: ignore[misc]
    """``count`` donors of ``population``; resets itself after the last month.

    The end is a true end (the months left are in the observation), never a truncation. For
    ``reward`` see ``Episodes``. ``env_method("action_masks")`` serves MaskablePPO.
    """

    def __init__(
        self, world: ContactWorld, population: Donors, count: int, *, reward: Reward = "expected"
    ) -> None:
        self.episodes = Episodes(world, population, count, reward)
        self.render_mode = None
        super().__init__(count, observation_space(world), action_space())
        self.rng = np.random.default_rng()
        self._actions = np.zeros(count, np.int64)

    def reset(self) -> Singles:
        """A new episode, seeded by the last call of ``seed``; options ``donors`` and ``luck``."""
        if self._seeds[0] is not None:
            self.rng = np.random.default_rng(self._seeds[0])
        options = dict(self._options[0])
        self._reset_seeds()
        self._reset_options()
        return self.episodes.reset(self.rng, options.get("donors"), options.get("luck"))

    def step_async(self, actions: Ints) -> None:
        """The actions of the next step, (count,)."""
        self._actions = actions

    def step_wait(self) -> tuple[Singles, Singles, Bools, list[dict[str, Any]]]:
        """Observations (of the next episode after an end), rewards, ends, infos."""
        rewards, over = self.episodes.step(self._actions)
        seen = self.episodes.observe()
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if over:
            infos = [{"terminal_observation": last} for last in seen]
            seen = self.episodes.reset(self.rng)
        return seen, rewards, np.full(self.num_envs, over), infos

    def close(self) -> None:
        """Nothing is held open."""

    def action_masks(self) -> Bools:
        """What may be done with each donor, (count, actions)."""
        return self.episodes.masks()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The same attribute for each of the asked donors."""
        value = getattr(self, attr_name)
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refused: donors of a batch have no attributes of their own."""
        raise AttributeError(f"{attr_name} cannot be set: the donors of a batch share one world")

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """``action_masks`` for each of the asked donors; other methods do not exist."""
        if method_name != "action_masks":
            raise AttributeError(f"the environment of a donor has no method {method_name}")
        masks = self.action_masks()
        return [masks[place] for place in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> Sequence[bool]:
        """Never wrapped."""
        return [False for _ in self._get_indices(indices)]
