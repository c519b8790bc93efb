"""What an organisation decides about alerts: their tier by role, known-good pairs, never-lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from perdure.kernel.errors import ContractError
from perdure.solutions.prescription.medicines.importers.products import rows

from .alerts import Alert, Kind, Tier
from .names import molecules_of


@dataclass(frozen=True, slots=True)
class Suppression:
    """A combination that the organisation knows as good, with its reason."""

    molecules: frozenset[str]
    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Tiers by role, suppressions and never-list.

    ``tiers``: role to a mapping from rule id, source or kind (the first that is named wins) to the
    tier; the role ``"*"`` is everybody. ``never``: molecule to the reason.
    """

    tiers: Mapping[str, Mapping[str, Tier]] = field(default_factory=dict)
    suppressed: tuple[Suppression, ...] = ()
    never: Mapping[str, str] = field(default_factory=dict)

    def tiered(self, found: Alert, role: str | None) -> Alert:
        """The alert in the tier that the role has for it.

        >>> loud = Alert(Kind.AGE, Tier.INTERRUPT, ("aspirin",), "", "label", "2026", "age.aspirin")
        >>> Policy({"pharmacist": {"age": Tier.PASSIVE}}).tiered(loud, "pharmacist").tier.value
        'passive'
        """
        if not self.tiers:
            return found
        for table in (self.tiers.get(role or "*"), self.tiers.get("*")):
            for name in (found.rule, found.source, found.kind.value) if table else ():
                tier = table.get(name) if table else None
                if tier is not None:
                    return found if tier is found.tier else replace(found, tier=tier)
        return found

    def silence(self, found: Alert) -> Suppression | None:
        """The word by which the organisation suppressed this alert; None when it is shown."""
        if not self.suppressed:
            return None
        about = frozenset(found.molecules)
        mine = (s for s in self.suppressed if s.kind is found.kind and s.molecules == about)
        return next(mine, None)

    def never_alerts(self, molecules: Iterable[str]) -> list[Alert]:
        """The alerts of molecules on the never-list."""
        return [
            Alert(Kind.NEVER, Tier.INTERRUPT, (m,), f"{m}: never: {self.never[m]}",
                  "never-list", "as set", f"never.{m}")
            for m in molecules
            if m in self.never
        ]  # fmt: skip


def read_suppressions(path: Path) -> tuple[Suppression, ...]:
    """The rows of a CSV ``kind, molecules, reason``, molecules parted by "|".

    Raises UnreadableFile, or ContractError naming the row: a silence that nobody can read is none.
    """
    return tuple(
        _suppression(row, f"{path.name}:{line}")
        for line, row in rows(path, ("kind", "molecules", "reason"))
    )


def _suppression(row: Mapping[str, str], where: str) -> Suppression:
    kind, reason = (row["kind"] or "").strip(), (row.get("reason") or "").strip()
    parts = (row.get("molecules") or "").split("|")
    found = frozenset(m for part in parts for m in molecules_of(part))
    if kind not in list(Kind) or not reason or not found:
        raise ContractError(
            "no suppression", where=where, expected=f"a kind ({', '.join(Kind)}), molecules, reason"
        )
    return Suppression(found, Kind(kind), reason)
