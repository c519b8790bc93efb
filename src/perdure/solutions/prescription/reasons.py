"""Why a pill is shown, in words that a doctor can check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from perdure.solutions.prescription.engine.desk import Picked
from perdure.solutions.prescription.engine.fields import FIELDS, GROUPS
from perdure.solutions.prescription.engine.scores import Scores
from perdure.solutions.prescription.prescription import Because, Prescription

Name = Callable[[str, str], str]
"""(field, code) -> name."""

_DIAGNOSIS = [GROUPS.index(g) for g in ("diagnosis", "category", "chapter")]
_COMPLAINT = [GROUPS.index(g) for g in ("complaint", "complaint-specialty")]
_PERSON = [GROUPS.index(g) for g in ("specialty-age-sex", "specialty", "age-sex")]
_ENTERED = [GROUPS.index(g) for g in ("molecule", "lab", "advice")]


@dataclass(frozen=True, slots=True)
class Telling:
    """What the words of one field's pills are made from."""

    picked: Picked
    written: Prescription
    name: Name

    def parts(self, place: int) -> tuple[Because, ...]:
        """All parts of one pill's score, the most telling first; they and the base add up."""
        item = int(self.picked.item[place])
        effects = self.picked.effects[place]
        made = [
            Because(kind, self._words(kind, item), float(effect))
            for kind, effect in zip(self.picked.kinds, effects, strict=True)
        ]
        return tuple(sorted(made, key=lambda part: -abs(part.effect)))

    def _words(self, kind: str, item: int) -> str:
        return _TEXTS[kind](self, item)

    def habit(self, item: int) -> str:
        """The doctor's own earlier visits."""
        seen = self.picked.habit
        place = int(np.flatnonzero(self.picked.item == item)[0])
        if seen.alike_visits and FIELDS[self.picked.field].similar != "all":
            return f"your own entry in {seen.alike[place]} of {seen.alike_visits} visits like this"
        if seen.visits:
            return f"your own entry in {seen.every[place]} of your latest {seen.visits} visits"
        return "no earlier visits of yours are known"

    def diagnosis(self, item: int) -> str:
        """How often it is entered with the diagnoses."""
        names = [self.name("diagnosis", e.code) for e in self.written.of("diagnosis")[:2]]
        share = _share(self.picked.scores, _DIAGNOSIS, item)
        if not names:
            return "no diagnosis is entered yet"
        return f"entered in {share} of visits with {' and '.join(names)}"

    def complaint(self, item: int) -> str:
        """How often it is entered with the complaints."""
        names = [self.name("complaint", e.code) for e in self.written.of("complaint")[:2]]
        if not names:
            return "no complaint is entered yet"
        share = _share(self.picked.scores, _COMPLAINT, item)
        return f"entered in {share} of visits with {' and '.join(names)}"

    def person(self, item: int) -> str:
        """How often it is entered for such patients by such doctors."""
        share = _share(self.picked.scores, _PERSON, item)
        return f"entered in {share} of visits of this specialty, age and sex"

    def entered(self, item: int) -> str:
        """What else is entered."""
        share = _share(self.picked.scores, _ENTERED, item)
        return f"goes with what is entered ({share} of such visits)"

    def together(self, item: int) -> str:
        """Everything that is entered, taken together."""
        return "fits everything that is entered so far, taken together"

    def common(self, item: int) -> str:
        """How common it is."""
        return "how common it is in all visits"


_TEXTS: Mapping[str, Callable[[Telling, int], str]] = {
    "habit": Telling.habit, "diagnosis": Telling.diagnosis, "complaint": Telling.complaint,
    "person": Telling.person, "entered": Telling.entered, "together": Telling.together,
    "common": Telling.common,
}  # fmt: skip


def _share(scores: Scores, groups: list[int], item: int) -> str:
    """The share in the most specific of the contexts that are known.

    >>> _percent(0.57), _percent(0.004)
    ('57 %', 'under 1 %')
    """
    for group in groups:
        if scores.evidence[0, group] > 0:
            return _percent(float(scores.shares[0, group, item]))
    return "few"


def _percent(share: float) -> str:
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def probability(raw: float) -> float:
    """The probability of log odds.

    >>> probability(0.0)
    0.5
    """
    return float(1 / (1 + np.exp(-raw)))
