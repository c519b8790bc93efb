"""Which medicines of a prescription interact with a new one."""

from __future__ import annotations

from collections.abc import Iterable

from .alerts import Alert, Rule, Tier, alert
from .prescribed import Prescribed, Spread
from .rows import PairRow

Partners = dict[str, tuple[Rule, ...]]
_NONE: Partners = {}
_LOUDEST = {Tier.INTERRUPT: 0, Tier.PASSIVE: 1}


class Interactions:
    """Pairs of molecules from any number of sources; both directions are the same pair.

    Of one source only the loudest rule of a pair is kept; of several sources each speaks.
    """

    __slots__ = ("_partners", "pairs")

    def __init__(self, rows: Iterable[PairRow] = ()) -> None:
        self._partners: dict[str, Partners] = {}
        for row in rows:
            self._add(row)
        self.pairs = sum(len(p) for p in self._partners.values()) // 2

    def __contains__(self, molecule: str) -> bool:
        return molecule in self._partners

    def rules(self, left: str, right: str) -> tuple[Rule, ...]:
        """What the sources say about two molecules."""
        return self._partners.get(left, _NONE).get(right, ())

    def found(self, new: Prescribed, entered: Spread) -> list[Alert]:
        """The alerts of a new medicine with those entered; pairs of one product are exempt."""
        alerts: list[Alert] = []
        for molecule in new.molecules:
            partners = self._partners.get(molecule, _NONE)
            for second, other in entered if partners else ():
                rules = partners.get(second)
                if rules is not None and not _one_product(molecule, second, new, other):
                    alerts += _alerts(rules, molecule, second, new.local or other.local)
        return alerts

    def _add(self, row: PairRow) -> None:
        one = (row.rule,)
        for left in row.left:
            for right in row.right:
                if left != right:
                    self._set(left, right, one)

    def _set(self, left: str, right: str, one: tuple[Rule, ...]) -> None:
        mine = self._partners.setdefault(left, {})
        theirs = self._partners.setdefault(right, {})
        # Both directions share one tuple: 41,000 pairs of a thesaurus are twice as many entries.
        mine[right] = theirs[left] = _with(mine[right], one[0]) if right in mine else one


def _with(rules: tuple[Rule, ...], rule: Rule) -> tuple[Rule, ...]:
    same = next((r for r in rules if r.source == rule.source), None)
    if same is None:
        return (*rules, rule)
    if _strength(rule) <= _strength(same):
        return rules
    return tuple(rule if r is same else r for r in rules)


def _strength(rule: Rule) -> tuple[int, str]:
    # "ansm.4" is worse than "ansm.1"; for other sources the tier alone decides.
    return (-_LOUDEST[rule.tier], rule.id if rule.id.startswith("ansm.") else "")


def _one_product(left: str, right: str, new: Prescribed, other: Prescribed) -> bool:
    """Whether either medicine already holds both, as its maker meant it."""
    return right in new.molecules or left in other.molecules


def _alerts(rules: tuple[Rule, ...], left: str, right: str, local: bool) -> list[Alert]:
    both = (left, right) if left < right else (right, left)
    return [alert(rule, both, local=local) for rule in rules]
