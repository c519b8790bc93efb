"""What a monitor says: a value, the limit it is held against, and how bad it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["ok", "noted", "watch", "alarm"]
"""``noted``: it has changed, and nobody needs to do anything about it."""

ORDER: tuple[Severity, ...] = ("ok", "noted", "watch", "alarm")


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one monitor.

    ``subject`` is what was looked at (a table, a feature, a metric). ``limit`` is the value above
    which it is an alarm (below which, for metrics where more is better). ``text`` says it in one
    sentence; ``evidence`` holds what a person needs to check it.
    """

    monitor: str
    subject: str
    severity: Severity
    text: str
    value: float | None = None
    limit: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


def judged(value: float, watch: float, alarm: float) -> Severity:
    """How bad a value is that should be small.

    >>> judged(0.05, 0.1, 0.25), judged(0.2, 0.1, 0.25), judged(0.3, 0.1, 0.25)
    ('ok', 'watch', 'alarm')
    """
    if value > alarm:
        return "alarm"
    return "watch" if value > watch else "ok"


def worst(severities: Iterable[Severity]) -> Severity:
    """The worst of them; ``ok`` when there are none.

    >>> worst(["ok", "alarm", "watch"])
    'alarm'
    """
    return max(severities, key=ORDER.index, default="ok")


def calm(severity: Severity) -> Literal["ok", "watch", "alarm"]:
    """The severity as one of three words: what is only noted is as good as usual.

    >>> calm("noted"), calm("watch")
    ('ok', 'watch')
    """
    return "ok" if severity == "noted" else severity
