"""The policy explorer: the best action in every situation, readable rules, and a signature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perdure.methods.contact.actions import ACTIONS, NONE
from perdure.solutions.donor.pages.champion import Basis, Champion, basis, champion
from perdure.solutions.donor.pages.grid import (
    DONATIONS,
    HISTORIES,
    IMPOSSIBLE,
    RECENCY,
    STARTS,
    Grid,
    grid,
)
from perdure.solutions.donor.pages.later import later
from perdure.solutions.donor.pages.trees import LEAVES, Readable, readable
from perdure.solutions.donor.pages.variants import COSTS, FADINGS, PRICES
from perdure.solutions.donor.pages.words import LETTERS, action_word

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Cell:
    """One situation: what is done, as a letter and a word, and what that adds (simulated)."""

    code: str
    letter: str
    word: str
    gain: float


def policy(project: Project, case: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The page: ``start``, ``history``, ``incentive`` choose the grid, ``leaves`` the tree."""
    found = champion(project, case)
    if found is None:
        return {"found": None}
    start, history = _place(query, "start", len(STARTS), 2), _place(query, "history", 6, 0)
    closed = int(query.get("incentive") == "closed")
    leaves = int(query.get("leaves", "8")) if query.get("leaves") in {"16", "32"} else LEAVES[0]
    made = grid(found.chooser)
    who = query.get("signed", "").strip()[:128]
    return {
        "found": found,
        "start": start,
        "history": history,
        "closed": closed,
        "leaves": leaves,
        "starts": [(str(n), _years(int(m))) for n, m in enumerate(STARTS)],
        "histories": [(str(n), words) for n, (words, _) in enumerate(HISTORIES)],
        "donations": [int(f) for f in DONATIONS],
        "rows": _rows(found, made, closed, start, history),
        "legend": [(name, LETTERS[name], action_word(name)) for name in ACTIONS],
        "sentence": _sentence(made, closed, start, history),
        "levers": {"cost": COSTS, "fading": FADINGS, "price": PRICES},
        "world": found.chooser.world,
        "tree": _tree(basis(project, case, found), leaves),
        "leaf_counts": LEAVES,
        "signed_off_by": found.chooser.signed_off_by,
        "who": who,
        "lines": _lines(leaves, who) if who else "",
    }


def _tree(of: Basis, leaves: int) -> Readable | None:
    """The rules; None while the tree is grown."""
    return later(("tree", of, leaves), lambda: readable(of, leaves))


def _rows(
    found: Champion, made: Grid, closed: int, start: int, history: int
) -> list[tuple[int, list[Cell]]]:
    defer = found.chooser.world.defer_months
    best, gain = made.best[closed, start, history], made.gain[closed, start, history]
    return [
        (int(r), [_cell(int(best[i, j]), float(gain[i, j]), int(r) < defer)
                  for j in range(len(DONATIONS))])
        for i, r in enumerate(RECENCY)
    ]  # fmt: skip


def _cell(best: int, gain: float, deferred: bool) -> Cell:
    if best == IMPOSSIBLE:
        return Cell("off", "", "cannot be", 0.0)
    if deferred:
        return Cell(DEFERRED, "–", "may not give yet", 0.0)
    name = ACTIONS[best]
    return Cell(name, LETTERS[name], action_word(name), gain)


def _sentence(made: Grid, closed: int, start: int, history: int) -> str:
    best = made.best[closed, start, history]
    real = best != IMPOSSIBLE
    contact = real & (best != NONE)
    return (
        f"{int(contact.sum())} of {int(real.sum())} situations with this history call for a "
        "contact; in all others leaving alone is worth more."
    )


def _place(query: Mapping[str, str], name: str, count: int, missing: int) -> int:
    given = query.get(name, "")
    return int(given) if given in {str(n) for n in range(count)} else missing


def _years(months: int) -> str:
    return f"{months} months" if months < 24 else f"{months // 12} years"


def _lines(leaves: int, who: str) -> str:
    """The lines of ``conf/base/donor.yaml`` by which somebody signs a tree; JSON quotes the name.

    >>> print(_lines(8, "Dr A"))
    policy:
      form: tree-8
      signed_off_by: "Dr A"
    """
    return f"policy:\n  form: tree-{leaves}\n  signed_off_by: {json.dumps(who)}"
