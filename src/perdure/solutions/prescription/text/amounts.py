"""How long, how often, how much: taken out of a complaint into slots of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from .words import Token

DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
_UNITS = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hour"),
    **dict.fromkeys(("d", "day", "days", "dys"), "day"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "week"),
    **dict.fromkeys(("m", "mth", "mths", "month", "months", "mnths"), "month"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "year"),
}
# One letter is a unit only when it touches a sign of time: "fever x 3 d".
_SHORT_UNITS = {"d", "h", "w", "m", "y"}
_FRACTIONS = {"7": "day", "52": "week", "12": "month"}
_SMALL = "zero one two three four five six seven eight nine ten"
_NUMBERS = {
    **{word: float(value) for value, word in enumerate(_SMALL.split())},
    "half": 0.5,
    "a": 1.0,
    "an": 1.0,
    "couple": 2.0,
}
_VAGUE = {"few": 3.0, "several": 5.0, "many": 7.0, "some": 3.0}
_LEAD = {"since", "for", "from", "x", "past", "last", "over", "about", "around", "the", "of"}
_NAMED = {"yesterday": 1.0, "morning": 0.5, "today": 0.5, "night": 0.5, "evening": 0.5}
_TIMES = {"times", "time", "episodes", "episode", "stools", "bouts", "attacks", "x"}
_WORD_TIMES = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
_PER = {"daily": "day", "hourly": "hour", "weekly": "week", "monthly": "month"}
_STARTS = {*_LEAD, *_NUMBERS, *_VAGUE, *_WORD_TIMES}
_READING_UNITS = {"f", "c", "kg", "cm", "mmhg", "bpm", "mg", "%"}
_LABELLED = {"grade", "type", "stage", "class", "covid", "trisomy", "degree", "phase"}


@dataclass(frozen=True, slots=True)
class Duration:
    """For how long: ``low`` to ``high`` of ``unit``; ``vague`` for "few", "many"."""

    low: float
    high: float
    unit: str
    vague: bool = False

    @property
    def days(self) -> float:
        """The middle in days.

        >>> Duration(2, 3, "week").days
        17.5
        """
        return (self.low + self.high) / 2 * DAYS[self.unit]


@dataclass(frozen=True, slots=True)
class Count:
    """How often: ``low`` to ``high`` times, per ``per`` when that is told."""

    low: float
    high: float
    per: str | None = None


@dataclass(slots=True)
class Amounts:
    """What was taken out, and the tokens that are left."""

    rest: list[Token] = field(default_factory=list)
    durations: list[Duration] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    age_years: float | None = None


def take_amounts(tokens: list[Token]) -> Amounts:
    """Durations, counts and bare numbers taken out of the tokens.

    >>> from .words import tokens
    >>> found = take_amounts(tokens("loose motion 3 times a day since 2 days"))
    >>> [t.text for t in found.rest], found.durations[0].days, found.counts[0].low
    (['loose', 'motion'], 2.0, 3.0)
    """
    found, at = Amounts(), 0
    while at < len(tokens):
        at = _step(tokens, at, found)
    return found


def _step(tokens: list[Token], at: int, found: Amounts) -> int:
    token = tokens[at]
    if token.kind != "number" and token.text not in _STARTS and token.text[:1] != "x":
        found.rest.append(token)
        return at + 1
    for reader in (_named, _duration, _count, _number):
        if (after := reader(tokens, at, found)) is not None:
            return after
    found.rest.append(token)
    return at + 1


def _word(tokens: list[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _after_lead(tokens: list[Token], at: int) -> int:
    # A bound keeps "since since since ..." linear.
    end = min(at + 3, len(tokens))
    while at < end and tokens[at].text in _LEAD:
        at += 1
    return at


def _named(tokens: list[Token], at: int, found: Amounts) -> int | None:
    start = _after_lead(tokens, at)
    if start == at or _word(tokens, at) not in {"since", "from", "last"}:
        return None
    start += _word(tokens, start) in {"early", "late", "this"}
    days = _NAMED.get(_word(tokens, start))
    if days is None:
        return _last_unit(tokens, start, found)
    found.durations.append(Duration(days, days, "day"))
    return start + 1 + (_word(tokens, start + 1) in {"morning", "night", "evening"})


def _last_unit(tokens: list[Token], start: int, found: Amounts) -> int | None:
    unit = _UNITS.get(_word(tokens, start))
    if unit is None or len(_word(tokens, start)) == 1 or _word(tokens, start - 1) != "last":
        return None
    found.durations.append(Duration(1, 1, unit))
    return start + 1


def _duration(tokens: list[Token], at: int, found: Amounts) -> int | None:
    start = _after_lead(tokens, at)
    read = _range(tokens, start)
    if read is None:
        return None
    low, high, vague, after = read
    after += _word(tokens, after) == "of"
    unit, after = _unit(tokens, after, led=start > at)
    if unit is None:
        return None
    if _word(tokens, after) in {"old", "aged"}:
        found.age_years = low * DAYS[unit] / DAYS["year"]
        return after + 1
    found.durations.append(Duration(low, high, unit, vague))
    return after + (_word(tokens, after) in {"ago", "back", "now", "duration"})


def _unit(tokens: list[Token], at: int, *, led: bool) -> tuple[str | None, int]:
    word = _word(tokens, at)
    if led and word == "/" and _word(tokens, at + 1) in _FRACTIONS:
        return _FRACTIONS[_word(tokens, at + 1)], at + 2
    if word == "-":  # "3-day fever"
        word, at = _word(tokens, at + 1), at + 1
    if word in _SHORT_UNITS and not led:
        return None, at
    return _UNITS.get(word), at + 1


def _range(tokens: list[Token], at: int) -> tuple[float, float, bool, int] | None:
    at += _word(tokens, at) == "a" and _word(tokens, at + 1) in {*_VAGUE, "couple"}
    low = _value(tokens, at)
    if low is None:
        return None
    if _word(tokens, at + 1) in {"-", "to", "or"}:
        high = _value(tokens, at + 2)
        if high is not None and high >= low:
            return low, high, False, at + 3
    return low, low, _word(tokens, at) in _VAGUE, at + 1


def _value(tokens: list[Token], at: int) -> float | None:
    word = _word(tokens, at)
    if at < len(tokens) and tokens[at].kind == "number":
        return float(word) if len(word) <= 9 else None
    return _NUMBERS.get(word, _VAGUE.get(word))


def _count(tokens: list[Token], at: int, found: Amounts) -> int | None:
    word = _word(tokens, at)
    if word in _WORD_TIMES:
        return _counted(tokens, at + 1, found, _WORD_TIMES[word], _WORD_TIMES[word])
    if len(word) <= 4 and word[:1] == "x" and word[1:].isdecimal():
        return _counted(tokens, at + 1, found, float(word[1:]), float(word[1:]))
    read = _range(tokens, at)
    if read is None or _word(tokens, read[3]) not in _TIMES or word in {"a", "an", "some"}:
        return None
    return _counted(tokens, read[3] + 1, found, read[0], read[1])


def _counted(tokens: list[Token], at: int, found: Amounts, low: float, high: float) -> int:
    per = _PER.get(_word(tokens, at))
    after = at + (per is not None)
    if per is None and _word(tokens, at) in {"a", "per", "/", "in", "every"}:
        start = at + 1 + (_word(tokens, at + 1) in {"a", "every"})
        unit = _UNITS.get(_word(tokens, start))
        per, after = (unit, start + 1) if unit else (None, at)
    found.counts.append(Count(low, high, per))
    return after


def _number(tokens: list[Token], at: int, found: Amounts) -> int | None:
    if tokens[at].kind != "number" or _word(tokens, at - 1) in _LABELLED:
        return None
    if _word(tokens, at - 1) == "-" and _word(tokens, at - 2) in _LABELLED:
        return None
    if len(tokens[at].text) <= 9:
        found.numbers.append(float(tokens[at].text))
    return at + 1 + (_word(tokens, at + 1) in _READING_UNITS)
