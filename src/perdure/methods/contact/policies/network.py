"""A trained network, followed: plain matrix products, whatever library trained it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perdure.methods.contact.actions import ACTIONS, NONE, Ints
from perdure.methods.contact.environment import OBSERVED, Situation, observation
from perdure.methods.contact.policies.policy import Forgetful
from perdure.methods.contact.world import ContactWorld

Singles = npt.NDArray[np.float32]
ACTIVATIONS = ("tanh", "relu")


@dataclass(frozen=True)
class Network(Forgetful):
    """A multi-layer perceptron from what is observed to a score for each action; the best is taken.

    ``weights`` are (outputs, inputs) and ``biases`` (outputs,) of each layer, from the 8 numbers of
    ``environment.observation`` to the 4 actions, with ``activation`` between the layers. ``world``
    is the one that it was trained in: its return model and length are part of what it observes.
    Raises ValueError when the layers do not fit on one another.
    """

    weights: tuple[Singles, ...]
    biases: tuple[Singles, ...]
    activation: str
    world: ContactWorld
    name: str = "network"

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation {self.activation!r}; known are {', '.join(ACTIVATIONS)}")
        if not self.weights or len(self.weights) != len(self.biases):
            raise ValueError("a network needs layers, each with weights and a bias")
        width = OBSERVED
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if weight.ndim != 2 or weight.shape[1] != width or bias.shape != weight.shape[:1]:
                raise ValueError(f"layer {place} takes no {width} numbers: {weight.shape}")
            if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
                raise ValueError(f"layer {place} holds numbers that are not finite")
            width = len(bias)
        if width != len(ACTIONS):
            raise ValueError(f"the last layer gives {width} scores for {len(ACTIONS)} actions")

    def choose(self, seen: Situation) -> Ints:
        """The action with the highest score among those that may be taken."""
        odds = self.world.base_log_odds(seen.recency, seen.donations, seen.months)
        scores = self.scores(observation(seen, odds.astype(np.float32), self.world.months))
        # Only the contacts can be barred; doing nothing always may be done.
        scores[~seen.able, NONE + 1 :] = -np.inf
        return np.asarray(scores.argmax(axis=1), np.int64)

    def scores(self, observed: Singles) -> Singles:
        """The score of each action, (n, 4), from observations (n, 8)."""
        value, last = observed, len(self.weights) - 1
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            value = value @ weight.T
            value += bias
            if place < last:
                value = np.tanh(value) if self.activation == "tanh" else np.maximum(value, 0)
        return value
