"""The safety of a prescription: one new medicine, all of it, or a list of candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .alerts import Alert, Findings, Tier
from .knowledge import KnowledgeBase
from .policy import Policy
from .prescribed import Context, Prescribed, Spread, prescribed, spread


@dataclass(frozen=True, slots=True)
class Greyed:
    """Candidates that must not be suggested as if nothing were known, with the reasons.

    ``not_checked`` as in :class:`Findings`: a candidate that is not greyed may be unchecked.
    """

    reasons: Mapping[str, tuple[Alert, ...]]
    not_checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SafetyCheck:
    """The checks of a knowledge base under an organisation's policy.

    >>> from .knowledge import bundled_knowledge
    >>> safety = SafetyCheck(bundled_knowledge())
    >>> context = Context(entered=(prescribed("atazanavir"),))
    >>> [a.rule for a in safety.check(context, prescribed("Omeprazole")).interrupts]
    ['onc.02']
    """

    knowledge: KnowledgeBase
    policy: Policy = field(default_factory=Policy)

    def check(self, context: Context, new: Prescribed) -> Findings:
        """What speaks against adding ``new``, loudest first, and what could not be checked."""
        alerts, suppressed = self._decided(
            self._found(context, new, spread(context.entered)), context.role
        )
        return Findings(
            alerts,
            (*self._gaps(context), *_nameless((new,))),
            suppressed,
            self._unlisted((new,)),
        )

    def review(self, context: Context) -> Findings:
        """All alerts of a prescription; each pair is told once."""
        found: list[Alert] = []
        for place, medicine in enumerate(context.entered):
            found += self._found(context, medicine, spread(context.entered[:place]))
        alerts, suppressed = self._decided(found, context.role)
        gaps = (*self._gaps(context), *_nameless(context.entered))
        return Findings(alerts, gaps, suppressed, self._unlisted(context.entered))

    def greyed(self, context: Context, candidates: Iterable[str | Prescribed]) -> Greyed:
        """The candidates with an interrupting alert or on the never-list; none is hidden."""
        reasons: dict[str, tuple[Alert, ...]] = {}
        nameless: list[str] = []
        others = spread(context.entered)
        for candidate in candidates:
            medicine = prescribed(candidate) if isinstance(candidate, str) else candidate
            alerts, _ = self._decided(self._found(context, medicine, others), context.role)
            loud = tuple(a for a in alerts if a.tier is Tier.INTERRUPT)
            nameless += _nameless((medicine,))
            if loud:
                reasons[medicine.name] = loud
        return Greyed(reasons, (*self._gaps(context), *nameless))

    def _found(self, context: Context, new: Prescribed, others: Spread) -> list[Alert]:
        patient, base = context.patient, self.knowledge
        found = self.policy.never_alerts(new.molecules) if self.policy.never else []
        found += base.interactions.found(new, others)
        if patient.allergies:
            found += base.allergies.found(new, patient.allergies)
        if patient.pregnant:
            found += base.pregnancy.found(new)
        age = patient.known_age
        if age is not None:
            found += base.ages.found(new, age)
        found += base.duplicates.found(new, others)
        return found

    def _decided(
        self, found: list[Alert], role: str | None
    ) -> tuple[tuple[Alert, ...], tuple[Alert, ...]]:
        """The alerts that are shown, loudest first and each once; and those suppressed."""
        if not found:
            return (), ()
        shown: list[Alert] = []
        silenced: list[Alert] = []
        for one in {(a.rule, a.molecules, a.tier, a.text): a for a in found}.values():
            kept = silenced if self.policy.silence(one) else shown
            kept.append(self.policy.tiered(one, role))
        shown.sort(key=lambda a: a.tier is not Tier.INTERRUPT)
        return tuple(shown), tuple(silenced)

    def _gaps(self, context: Context) -> tuple[str, ...]:
        patient, gaps = context.patient, list(self.knowledge.not_checked)
        if patient.allergies is None:
            gaps.append("not checked: allergy: the allergies are not known")
        elif patient.allergies:
            unknown = self.knowledge.allergies.unknown(patient.allergies)
            gaps += [f"not checked: allergy: no class of {text!r} is known" for text in unknown]
        if patient.known_age is None:
            gaps.append("not checked: age: the age is not known")
        if patient.may_be_pregnant:
            gaps.append("not checked: pregnancy: not known whether the patient is pregnant")
        return tuple(gaps)

    def _unlisted(self, medicines: tuple[Prescribed, ...]) -> tuple[str, ...]:
        found = dict.fromkeys(m for medicine in medicines for m in medicine.molecules)
        return tuple(m for m in found if not self.knowledge.lists(m))


def _nameless(medicines: Iterable[Prescribed]) -> list[str]:
    return [
        f"not checked: {medicine.name[:60]!r}: its molecules are not known"
        for medicine in medicines
        if not medicine.molecules
    ]
