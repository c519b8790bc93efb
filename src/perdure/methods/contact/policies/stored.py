"""A network as files: weights as safetensors, all else as JSON. Nothing in them can be run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from perdure.methods.contact.policies.network import Network
from perdure.methods.contact.propensity import ReturnModel
from perdure.methods.contact.world import ContactWorld

WEIGHTS, DESCRIPTION = "network.safetensors", "network.json"
FORMAT = 1


def to_files(network: Network) -> dict[str, bytes]:
    """Two files: the layers, and what the network is, observes and was trained in."""
    from safetensors.numpy import save

    layers = range(len(network.weights))
    tensors = {f"weight.{place}": network.weights[place] for place in layers}
    tensors |= {f"bias.{place}": network.biases[place] for place in layers}
    told = {
        "format": FORMAT,
        "name": network.name,
        "activation": network.activation,
        "widths": [len(network.weights[0][0]), *(len(bias) for bias in network.biases)],
        "world": _plain(network.world),
    }
    whole = {name: np.ascontiguousarray(tensor, np.float32) for name, tensor in tensors.items()}
    return {WEIGHTS: save(whole), DESCRIPTION: json.dumps(told, indent=1).encode()}


def from_files(files: Mapping[str, bytes]) -> Network:
    """The network that ``to_files`` wrote.

    Raises ValueError for files that are damaged, of another format, or disagree with each other.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        told, tensors = json.loads(files[DESCRIPTION]), load(bytes(files[WEIGHTS]))
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']}, this version reads {FORMAT}")
        layers = range(len(told["widths"]) - 1)
        network = Network(
            tuple(tensors.pop(f"weight.{place}") for place in layers),
            tuple(tensors.pop(f"bias.{place}") for place in layers),
            str(told["activation"]),
            _world(told["world"]),
            str(told["name"]),
        )
    except (KeyError, TypeError, ValueError, SafetensorError) as error:
        raise ValueError(f"these files hold no contact network: {error}") from error
    _agree(network, told["widths"], tensors)
    return network


def _agree(network: Network, widths: list[int], left: Mapping[str, Any]) -> None:
    if left or [len(bias) for bias in network.biases] != widths[1:]:
        raise ValueError("these files hold no contact network: weights and description disagree")


def _plain(world: ContactWorld) -> dict[str, Any]:
    told = asdict(world)
    return told | {"returns": json.loads(world.returns.to_json())}


def _world(told: Mapping[str, Any]) -> ContactWorld:
    known = {field.name for field in fields(ContactWorld)}
    if unknown := set(told) - known:
        raise ValueError(f"a world has no {min(unknown)}")
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
    }
    plain["returns"] = ReturnModel.from_json(json.dumps(told["returns"]))
    return ContactWorld(**plain)
