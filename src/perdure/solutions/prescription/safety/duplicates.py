"""Whether a new medicine repeats a molecule or a therapeutic subclass of the prescription."""

from __future__ import annotations

from collections.abc import Iterable

from .alerts import Alert, Kind, Rule, Tier, alert
from .prescribed import Prescribed, Spread
from .rows import ClassRow

_SAME = Rule(
    "duplicate.molecule", Kind.DUPLICATE, Tier.PASSIVE, "stands twice on the prescription",
    "the prescription itself", "now",
)  # fmt: skip
_ITSELF = (_SAME,)


class Duplicates:
    """The same molecule twice, or two of one subclass where the table asks for an alert."""

    __slots__ = ("_peers",)

    def __init__(self, rows: Iterable[ClassRow] = ()) -> None:
        self._peers: dict[str, dict[str, tuple[Rule, ...]]] = {}
        for row in rows:
            if row.duplicate is not None:
                for molecule in row.members:
                    self._add(molecule, row)

    def __contains__(self, molecule: str) -> bool:
        return molecule in self._peers

    def found(self, new: Prescribed, entered: Spread) -> list[Alert]:
        """The alerts of a new medicine; two of one class inside one product are exempt."""
        alerts: list[Alert] = []
        for molecule in new.molecules:
            peers = self._peers.get(molecule, {})
            for second, other in entered:
                rules = _ITSELF if second == molecule else peers.get(second)
                if rules is not None and (rules is _ITSELF or _apart(molecule, second, new, other)):
                    both = tuple(sorted({molecule, second}))
                    local = new.local or other.local
                    alerts += [alert(rule, both, local=local) for rule in rules]
        return alerts

    def _add(self, molecule: str, row: ClassRow) -> None:
        peers = self._peers.setdefault(molecule, {})
        for other in row.members:
            if other != molecule:
                peers[other] = (*peers.get(other, ()), row.rule)


def _apart(left: str, right: str, new: Prescribed, other: Prescribed) -> bool:
    """Whether neither medicine holds both, as its maker meant it."""
    return right not in new.molecules and left not in other.molecules
