"""How values are written on a page: numbers, shares, moments, ages. None is a dash."""

from __future__ import annotations

import math
from datetime import datetime

DASH = "–"


def number(value: float | None, digits: int = 0) -> str:
    """A number with thousands apart by a thin blank.

    >>> number(41250), number(0.8434, 3), number(None)
    ('41\u202f250', '0.843', '–')
    """
    if value is None or not math.isfinite(value):
        return DASH
    return f"{value:,.{digits}f}".replace(",", "\u202f")


def share(value: float | None, digits: int = 1) -> str:
    r"""A share as per cent, with more digits when it is small.

    >>> share(0.124), share(0.0031), share(1.0)
    ('12.4\xa0%', '0.31\xa0%', '100\xa0%')
    """
    if value is None or not math.isfinite(value):
        return DASH
    if value in (0, 1):
        return f"{value:.0%}".replace("%", "\u00a0%")
    digits = digits + 1 if abs(value) < 0.01 else digits
    return f"{value * 100:.{digits}f}\u00a0%"


def signed(value: float | None, digits: int = 2) -> str:
    """A number with its sign.

    >>> signed(0.5), signed(-0.25)
    ('+0.50', '−0.25')
    """
    if value is None or not math.isfinite(value):
        return DASH
    return f"{value:+.{digits}f}".replace("-", "−")


def day(moment: datetime | None) -> str:
    """A day, as people write it.

    >>> day(datetime(2026, 1, 31, 8))
    '31 Jan 2026'
    """
    return DASH if moment is None else f"{moment.day} {moment:%b %Y}"


def minute(moment: datetime | None) -> str:
    """A moment to the minute, UTC.

    >>> minute(datetime(2026, 1, 31, 8, 5))
    '31 Jan 2026 08:05'
    """
    return DASH if moment is None else f"{day(moment)} {moment:%H:%M}"


def age(moment: datetime | None, now: datetime) -> str:
    """How long ago, in the one unit that matters.

    >>> age(datetime(2026, 1, 1), datetime(2026, 1, 13))
    '12 days'
    >>> age(datetime(2026, 1, 1, 8), datetime(2026, 1, 1, 8, 0, 20))
    'just now'
    """
    if moment is None:
        return DASH
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "just now" if seconds > -86_400 else "in the future"
    for unit, length in (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400)):
        if seconds >= 2 * length:
            return count(int(seconds // length), unit)
    if seconds >= 3_600:
        return count(int(seconds // 3_600), "hour")
    return count(int(seconds // 60), "minute")


def duration(seconds: float | None) -> str:
    """How long something took.

    >>> duration(0.84), duration(75)
    ('0.8 s', '1 min 15 s')
    """
    if seconds is None:
        return DASH
    if seconds < 60:
        return f"{seconds:.1f}\u00a0s".replace("\u00a0", " ")
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


METRICS = {
    "auc": "AUC",
    "ap": "Average precision",
    "lift@0.10": "Lift in the first 10 %",
    "top-decile-calibration": "Calibration of the first 10 %",
    "ece": "Calibration error",
    "brier": "Brier score",
    "log-loss": "Log loss",
    "base-rate": "Base rate",
}


def metric(name: str) -> str:
    """A metric in words; one without words of its own keeps its name.

    >>> metric("auc"), metric("precision@10/state")
    ('AUC', 'precision@10/state')
    """
    return METRICS.get(name, name)


def count(many: int, word: str, plural: str = "") -> str:
    """A number with its noun.

    >>> count(1, "alarm"), count(3, "alarm"), count(2, "entity", "entities")
    ('1 alarm', '3 alarms', '2 entities')
    """
    return f"{number(many)} {word if many == 1 else plural or plural_of(word)}"


def plural_of(word: str) -> str:
    """The plural of an ordinary English noun.

    >>> plural_of("physician"), plural_of("entity"), plural_of("branch")
    ('physicians', 'entities', 'branches')
    """
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"
