"""Why a pill is shown, in words that a doctor can check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from perdure.methods.recommend.membership import Floats
from perdure.solutions.prescription.engine.desk import Picked
from perdure.solutions.prescription.engine.fields import FIELDS, GROUPS
from perdure.solutions.prescription.prescription import Because, Prescription, Section

Name = Callable[[str, str], str]
"""(field, code) -> name."""

_DIAGNOSIS = [GROUPS.index(g) for g in ("diagnosis", "category", "chapter")]
_COMPLAINT = [GROUPS.index(g) for g in ("complaint", "complaint-specialty")]
_PERSON = [GROUPS.index(g) for g in ("specialty-age-sex", "specialty", "age-sex")]
_ENTERED = [GROUPS.index(g) for g in ("molecule", "lab", "advice")]


@dataclass(frozen=True, slots=True)
class Telling:
    """What the words of one field's pills are made from; each kind gives one text a pill."""

    picked: Picked
    written: Prescription
    name: Name

    def parts(self) -> list[tuple[Because, ...]]:
        """All parts of each pill's score, the most telling first; they and the base add up."""
        picked = self.picked
        texts = [_TEXTS[kind](self) for kind in picked.kinds]
        line = np.argsort(-np.abs(picked.effects), axis=1, kind="stable").tolist()
        kinds = picked.kinds
        return [
            tuple(Because(kinds[at], texts[at][place], effects[at]) for at in order)
            for place, (order, effects) in enumerate(
                zip(line, picked.effects.tolist(), strict=True)
            )
        ]

    def habit(self) -> list[str]:
        """The doctor's own earlier visits."""
        seen = self.picked.habit
        if seen.alike_visits and FIELDS[self.picked.field].similar != "all":
            return [f"your own entry in {n} of {seen.alike_visits} visits like this"
                    for n in seen.alike.tolist()]  # fmt: skip
        if seen.visits:
            return [f"your own entry in {n} of your latest {seen.visits} visits"
                    for n in seen.every.tolist()]  # fmt: skip
        return self._same("no earlier visits of yours are known")

    def diagnosis(self) -> list[str]:
        """How often it is entered with the diagnoses."""
        return self._with("diagnosis", _DIAGNOSIS)

    def complaint(self) -> list[str]:
        """How often it is entered with the complaints."""
        return self._with("complaint", _COMPLAINT)

    def person(self) -> list[str]:
        """How often it is entered for such patients by such doctors."""
        return [f"entered in {share} of visits of this specialty, age and sex"
                for share in self._shares(_PERSON)]  # fmt: skip

    def entered(self) -> list[str]:
        """What else is entered."""
        return [f"goes with what is entered ({share} of such visits)"
                for share in self._shares(_ENTERED)]  # fmt: skip

    def together(self) -> list[str]:
        """Everything that is entered, taken together."""
        return self._same("fits everything that is entered so far, taken together")

    def common(self) -> list[str]:
        """How common it is."""
        return self._same("how common it is in all visits")

    def _with(self, section: Section, groups: list[int]) -> list[str]:
        names = [self.name(section, entry.code) for entry in self.written.of(section)[:2]]
        if not names:
            return self._same(f"no {section} is entered yet")
        these = " and ".join(names)
        return [f"entered in {share} of visits with {these}" for share in self._shares(groups)]

    def _shares(self, groups: list[int]) -> list[str]:
        """The shares in the most specific of the contexts that are known."""
        for group in groups:
            if self.picked.evidence[group] > 0:
                return [_percent(share) for share in self.picked.shares[:, group].tolist()]
        return self._same("few")

    def _same(self, text: str) -> list[str]:
        return [text] * len(self.picked.item)


_TEXTS: Mapping[str, Callable[[Telling], list[str]]] = {
    "habit": Telling.habit, "diagnosis": Telling.diagnosis, "complaint": Telling.complaint,
    "person": Telling.person, "entered": Telling.entered, "together": Telling.together,
    "common": Telling.common,
}  # fmt: skip


def _percent(share: float) -> str:
    """A share in words.

    >>> _percent(0.57), _percent(0.004)
    ('57 %', 'under 1 %')
    """
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def probabilities(raw: Floats) -> list[float]:
    """The probabilities of log odds.

    >>> probabilities(np.array([0.0]))
    [0.5]
    """
    found: list[float] = (1 / (1 + np.exp(-raw))).tolist()
    return found
