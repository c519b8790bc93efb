"""What can be known with these numbers of people: needed per arm, smallest visible effect."""

from __future__ import annotations

from dataclasses import dataclass

from perdure.platform.feedback import power


@dataclass(frozen=True, slots=True)
class PowerAnswer:
    """People needed in each arm, the smallest relative effect that shows, and the verdict."""

    needed: int
    relative: float | None
    knowable: bool
    word: str
    why: str


def answer(base: float, effect: float, arm: int) -> PowerAnswer:
    """What ``arm`` people in each arm can show of a relative ``effect`` on a ``base`` rate."""
    least = power.detectable(base, arm, arm)
    most = power.needed(base, min(effect, (1 - base) / base * 0.999))[0]
    if least is None:
        return PowerAnswer(most, None, False, "not knowable yet", "so few could see no effect")
    if arm >= most:
        return PowerAnswer(most, least, True, "knowable", f"{arm:,} per arm are enough")
    return PowerAnswer(
        most, least, False, "not knowable yet", f"{most - arm:,} more are needed in each arm"
    )
