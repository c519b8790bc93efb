"""Whether a patient's recorded allergies exclude a medicine, class by class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from .alerts import Alert, Kind, Rule, Tier, alert
from .names import molecules_of
from .prescribed import Prescribed
from .rows import AllergyRow

_SAME = Rule(
    "allergy.same", Kind.ALLERGY, Tier.INTERRUPT, "the patient is recorded as allergic to it",
    "the patient's record", "as recorded",
)  # fmt: skip
_SHOWN = 60
_SEVERAL = re.compile(r"[;,|]|\sand\s")
"""What separates two allergies; a slash or a plus joins the molecules of one product."""
Excluded = dict[str, tuple[Rule, ...]]


class Allergies:
    """Allergies by class: penicillins cross to one another, and perhaps to cephalosporins."""

    __slots__ = ("_excluded", "_known", "_named", "_rows", "_words")

    def __init__(self, rows: Iterable[AllergyRow] = ()) -> None:
        self._rows = tuple(rows)
        self._words = frozenset(word for row in self._rows for word in row.words)
        self._named = frozenset(m for row in self._rows for m in row.excluded | row.allergens)
        # The same few records are asked at every keystroke.
        self._excluded = lru_cache(maxsize=4_096)(self._of)
        self._known = lru_cache(maxsize=4_096)(self._is_known)

    def __contains__(self, molecule: str) -> bool:
        return molecule in self._named

    def found(self, new: Prescribed, recorded: tuple[str, ...]) -> list[Alert]:
        """The alerts of a new medicine; one by name needs no table."""
        alerts: list[Alert] = []
        for text in _each(recorded):
            excluded = self._excluded(text)
            for molecule in new.molecules:
                alerts += [alert(rule, (molecule,)) for rule in excluded.get(molecule, ())]
        return alerts

    def unknown(self, recorded: tuple[str, ...]) -> list[str]:
        """Recorded allergies of which no class is known: only the same name is compared."""
        return [text[:_SHOWN] for text in _each(recorded) if not self._known(text)]

    def _is_known(self, text: str) -> bool:
        if _word(text) in self._words:
            return True
        return any(m in row.allergens for m in _molecules(text) for row in self._rows)

    def _of(self, text: str) -> Excluded:
        found: dict[str, list[Rule]] = {}
        molecules = frozenset(_molecules(text))
        for row in self._rows:
            if _word(text) in row.words or not molecules.isdisjoint(row.allergens):
                for molecule in row.excluded:
                    found.setdefault(molecule, []).append(row.rule)
        return {m: tuple(rules) for m, rules in found.items()} | dict.fromkeys(molecules, (_SAME,))


def _each(recorded: Iterable[str]) -> Iterator[str]:
    """Every allergy by itself: one that is known must not speak for the one beside it.

    >>> list(_each(["Penicillin; xyz", "aspirin"]))
    ['penicillin', 'xyz', 'aspirin']
    """
    for text in recorded:
        yield from filter(None, map(_word, _SEVERAL.split(_word(text))))


def _word(text: str) -> str:
    return " ".join(text[:400].casefold().removesuffix(" allergy").split()).strip(" .")


def _molecules(text: str) -> tuple[str, ...]:
    return molecules_of(_word(text))
