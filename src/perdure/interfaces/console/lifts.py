"""The lift against the hold-out in words and rows, whether or not it can be known yet."""

from __future__ import annotations

from perdure.interfaces.console.words import number, share, signed
from perdure.platform.feedback.lift import Lift
from perdure.platform.feedback.proportions import Rate

HEAD = (
    ("Group", False),
    ("With known outcome", True),
    ("Events", True),
    ("Rate", True),
    ("Low", True),
    ("High", True),
    ("Needed", True),
)


def lift_sentence(found: Lift) -> str:
    """The verdict, and how large an effect so many could see."""
    said = f"{found.verdict[0].upper()}{found.verdict[1:]}."
    if found.detectable is None:
        return said
    return f"{said} So many could see a lift of {share(found.detectable, 0)} or more."


def lift_rows(found: Lift) -> tuple[tuple[str, ...], ...]:
    """One row for each arm, then the difference; one that says nothing yet is left open."""
    needed = found.needed or (None, None)
    rows = [
        _arm("Acted upon", found.treated, needed[0]),
        _arm("Left alone", found.holdout, needed[1]),
    ]
    if found.difference is not None:
        ends = (signed(100 * end, 1) for end in (found.difference, found.low, found.high))
        rows.append(("Difference, points", "", "", *ends, ""))
    return tuple(rows)


def _arm(name: str, found: Rate, needed: int | None) -> tuple[str, ...]:
    ends = (share(found.low), share(found.high)) if found.n else ("–", "–")
    counts = (number(found.n), number(found.count))
    return (name, *counts, share(found.value), *ends, number(needed))
