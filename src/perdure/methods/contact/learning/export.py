"""From a trained torch network to one that NumPy serves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from perdure.methods.contact.policies.network import Network
from perdure.methods.contact.world import ContactWorld


def exported(modules: Iterable[Any], world: ContactWorld, name: str) -> Network:
    """The network of ``modules``, torch layers in the order in which they follow on one another.

    Linear layers with one kind of activation between them, which is all that a small policy has;
    ValueError for anything else.
    """
    import torch

    kinds = {torch.nn.Tanh: "tanh", torch.nn.ReLU: "relu"}
    layers, activations = [], set()
    for module in modules:
        if isinstance(module, torch.nn.Linear):
            layers.append(module)
        elif type(module) in kinds:
            activations.add(kinds[type(module)])
        else:
            raise ValueError(f"a layer of kind {type(module).__name__} cannot be served")
    if len(activations) > 1:
        raise ValueError("one kind of activation can be served, not several")
    return Network(
        tuple(_numbers(layer.weight) for layer in layers),
        tuple(_numbers(layer.bias) for layer in layers),
        activations.pop() if activations else "relu",
        world,
        name,
    )


def _numbers(tensor: Any) -> Any:
    return np.array(tensor.detach().cpu().numpy(), np.float32)
