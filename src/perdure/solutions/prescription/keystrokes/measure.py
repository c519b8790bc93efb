"""Keys per prescription as measured rows, and whether pills save enough of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from perdure.kernel.evidence import Measured, Verdict
from perdure.methods.recommend.membership import Floats
from perdure.solutions.prescription.keystrokes.counting import Keys

METHODS = ("typing", "search", "pills")
WHOLE = "prescription"
FEWER = 60.0
"""Per cent that the pills must save."""


def rows_of(found: Mapping[str, Keys], n: int) -> Iterator[Measured]:
    """Mean keys a prescription by field and in all, of those of ``n`` visits that hold any entry.

    Then what the pills save beside each other method, in per cent of its keys; the share of
    entries that are taken without typing; and as the least that any method could need, ``entries``:
    one key each.
    """
    totals = {m: np.zeros(n, dtype=np.float32) for m in METHODS}
    for name, keys in found.items():
        by = {method: keys.per_visit(method, n) for method in METHODS}
        yield from _of_case(name, by)
        yield _untyped(name, keys)
        totals = {method: totals[method] + by[method] for method in METHODS}
    yield from _of_case(WHOLE, totals)
    entries = np.bincount(np.concatenate([keys.visit for keys in found.values()]), minlength=n)
    each = entries[entries > 0].astype(np.float64)
    yield _row(WHOLE, "entries", "keys", float(each.mean()), each - each.mean())


def verdicts(rows: list[Measured]) -> Iterator[Verdict]:
    """Pills save at least 60 % of the keys of a prescription that is typed without help.

    Against a search list of the same length the share is measured and told, not judged: even one
    key an entry would save little more than 60 % there.
    """
    for row in rows:
        typed = row.method == "pills / typing"
        if row.case == WHOLE and row.metric == "fewer_percent" and typed:
            yield Verdict(
                f"keystrokes, {row.method}", f"at least {FEWER:g} % fewer",
                f"{row.value:.1f} % ({row.low:.1f} to {row.high:.1f})", row.value >= FEWER,
            )  # fmt: skip


def _of_case(case: str, by: Mapping[str, Floats]) -> Iterator[Measured]:
    some = by["typing"] > 0
    if not some.any():
        return
    for method in METHODS:
        keys = by[method][some].astype(np.float64)
        yield _row(case, method, "keys", float(keys.mean()), keys - keys.mean())
    for other in ("typing", "search"):
        yield _fewer(case, other, by[other][some], by["pills"][some])


def _untyped(case: str, keys: Keys) -> Measured:
    """The share of entries that one click enters."""
    first = 100.0 * (keys.pills == 1)
    return _row(case, "pills", "untyped_percent", float(first.mean()), first - first.mean())


def _fewer(case: str, other: str, base: Floats, pills: Floats) -> Measured:
    """The ratio of two sums over the same visits: its error is that of the linear part."""
    ratio, mean = float(pills.sum() / base.sum()), float(base.mean())
    apart = 100 * (pills - ratio * base).astype(np.float64) / mean
    return _row(case, f"pills / {other}", "fewer_percent", 100 * (1 - ratio), apart)


def _row(case: str, method: str, metric: str, value: float, apart: np.ndarray) -> Measured:
    """Visits are the unit of the interval."""
    n = len(apart)
    half = 1.96 * float(np.sqrt(np.mean(apart**2) / max(n - 1, 1)))
    return Measured(case, method, metric, value, value - half, value + half, n)
