"""What training needs beyond perdure's own requirements."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from perdure.kernel.errors import MissingExtra

_PARTS = {
    "rl": ("torch", "gymnasium", "stable_baselines3", "sb3_contrib"),
    "rllib": ("torch", "gymnasium", "ray"),
}


def installed(extra: str) -> bool:
    """Whether every part of the extra is there; nothing is imported."""
    return all(importlib.util.find_spec(part) is not None for part in _PARTS[extra])


def needs(extra: str, needed_for: str) -> None:
    """Raises MissingExtra, with the command that installs it, unless the extra is there."""
    if not installed(extra):
        raise MissingExtra(extra, needed_for)


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread: small networks gain nothing from more, and seeds then repeat."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
