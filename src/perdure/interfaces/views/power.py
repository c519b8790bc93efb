"""What can be known with these numbers of people: needed per arm, smallest visible effect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PowerAnswer:
    """People needed in each arm, the smallest relative effect that shows, and the verdict."""

    needed: int
    relative: float
    knowable: bool
    word: str
    why: str


def answer(base: float, effect: float, arm: int) -> PowerAnswer:
    """What ``arm`` people in each arm can show of a relative ``effect`` on a ``base`` rate."""
    raise NotImplementedError
