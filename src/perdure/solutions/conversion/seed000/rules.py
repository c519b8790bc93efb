"""Is a label a handful of rules? Finds parts of a table in which the outcome never happens.

In real data "never" over hundreds of rows hardly occurs when the outcome is common elsewhere. A
few such parts that explain the label mean that somebody wrote it down by rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_DISTINCT = 200
_LOG_CHANCE = np.log(1e-9)
_MOST = 6


@dataclass(frozen=True)
class Rule:
    """Where the outcome never happens: in words, which rows, and how many of them are new.

    ``values`` holds the values of ``column`` that a set lists; a tail has none.
    """

    column: str
    words: str
    rows: Flags
    new: int
    values: tuple[float, ...] = ()


def never_rules(columns: dict[str, Floats], y: Floats) -> list[Rule]:
    """Up to six rules, the one that covers most rows first; each adds rows to those before it.

    ``columns`` are (n,) numbers by name (labels as codes), ``y`` is 0 or 1. A rule is a tail of a
    column (``age > 80``) or a set of its values. It counts when so many rows without a positive
    one would happen by chance less than once in 1e9 tries, at the rate of the rows left.

    >>> x = np.arange(200.0)
    >>> [rule.words for rule in never_rules({"x": x}, (x < 100).astype(float))]
    ['x > 99']
    """
    left = np.ones(len(y), np.bool_)
    found: list[Rule] = []
    while len(found) < _MOST and 0 < y[left].sum() < left.sum():
        rate = float(y[left].mean())
        best = max(_candidates(columns, y, left, rate), key=lambda rule: rule.new, default=None)
        if best is None or best.new * np.log1p(-rate) > _LOG_CHANCE:
            break
        found.append(best)
        left &= ~best.rows
    return _merged(found)


def _merged(rules: list[Rule]) -> list[Rule]:
    """Sets over the same column as one: the later ones only became certain later."""
    made: dict[str, Rule] = {}
    for i, rule in enumerate(rules):
        key = rule.column if rule.values else str(i)
        other = made.get(key)
        made[key] = rule if other is None else _union(other, rule)
    return list(made.values())


def _union(a: Rule, b: Rule) -> Rule:
    values = tuple(sorted({*a.values, *b.values}))
    return Rule(a.column, _listed(a.column, values), a.rows | b.rows, a.new + b.new, values)


def _listed(column: str, values: tuple[float, ...]) -> str:
    shown = ", ".join(f"{v:g}" for v in values[:12]) + (", …" if len(values) > 12 else "")
    return f"{column} = {shown}" if len(values) == 1 else f"{column} in {{{shown}}}"


def _candidates(columns: dict[str, Floats], y: Floats, left: Flags, rate: float) -> Iterator[Rule]:
    for name, x in columns.items():
        yield from _tails(name, x, y, left)
        rule = _set(name, x, y, left, rate)
        if rule is not None:
            yield rule


def _tails(name: str, x: Floats, y: Floats, left: Flags) -> Iterator[Rule]:
    """Above the largest, and below the smallest value of a positive row."""
    positive = x[left & (y > 0)]
    low, high = positive.min(), positive.max()
    for words, rows in ((f"{name} > {high:g}", x > high), (f"{name} < {low:g}", x < low)):
        new = int((rows & left).sum())
        if new and not y[rows].any():
            values = np.unique(x[rows])
            one = tuple(values.tolist()) if len(values) == 1 else ()
            yield Rule(name, _listed(name, one) if one else words, rows, new, one)


def _set(name: str, x: Floats, y: Floats, left: Flags, rate: float) -> Rule | None:
    """All values with enough rows and no positive one."""
    values, codes = np.unique(x[left], return_inverse=True)
    if len(values) > _DISTINCT:
        return None
    rows = np.bincount(codes)
    positive = np.bincount(codes, y[left])
    # Enough that not one value in a hundred columns of this size would be empty by chance.
    certain = rows * np.log1p(-rate) < np.log(0.01 / (100 * len(values)))
    never = values[(positive == 0) & certain]
    if not len(never) or len(never) == len(values):
        return None
    covered = np.isin(x, never)
    if y[covered].any():
        return None
    listed = tuple(never.tolist())
    return Rule(name, _listed(name, listed), covered, int((covered & left).sum()), listed)
