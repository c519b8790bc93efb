"""The four states that anything on a page can be in, and the word beside the shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "watch", "alarm", "off"]
_ORDER: tuple[Level, ...] = ("off", "ok", "watch", "alarm")


@dataclass(frozen=True, slots=True)
class State:
    """A level (drawn as shape and colour) and the word that says it."""

    level: Level
    word: str
    why: str = ""


def worst(states: list[State]) -> State:
    """The state that needs attention most; none at all is "not run".

    >>> worst([State("ok", "healthy"), State("watch", "drifting")]).word
    'drifting'
    """
    if not states:
        return State("off", "not run")
    return max(states, key=lambda state: _ORDER.index(state.level))
