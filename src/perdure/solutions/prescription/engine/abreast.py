"""The learned parts of all fields side by side, for answering one prescription at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from perdure.methods.recommend.completion import Completion
from perdure.methods.recommend.membership import Floats, Ints, Membership
from perdure.methods.recommend.naive_bayes import NaiveBayes, words_side_by_side
from perdure.methods.recommend.side_by_side import SideBySide, completions_side_by_side
from perdure.solutions.prescription.engine.contexts import numbers
from perdure.solutions.prescription.engine.fields import FIELDS, GROUPS, SERVED
from perdure.solutions.prescription.engine.histories import KINDS
from perdure.solutions.prescription.engine.parts import Parts
from perdure.solutions.prescription.engine.scores import hand_weights, own_kinds


@dataclass(frozen=True, slots=True)
class Heard:
    """Fields that hear the same words, and what the words say of their items, side by side."""

    fields: tuple[str, ...]
    words: NaiveBayes


@dataclass(frozen=True, slots=True)
class Abreast:
    """Item ``i`` of the ``f``-th field has the number ``start[f] + i``.

    ``hand`` (fields, groups + kinds + 1) are the weights of the seed's pool, ``popularity`` and
    ``unspoken`` (items,) what is said of an item whatever is written: its log share of visits,
    and the probability without any word. ``spoken`` gives the fields that hear the same inputs.
    """

    fields: tuple[str, ...]
    start: Ints
    counts: SideBySide
    ease: Completion
    hand: Floats
    popularity: Floats
    unspoken: Floats
    spoken: Mapping[tuple[str, ...], Heard]

    @classmethod
    def of_parts(cls, parts: Parts) -> Self:
        """Put the parts of the served fields side by side. ValueError for parts of two engines."""
        counts = SideBySide.of([parts.counts[name] for name in SERVED])
        start = counts.start
        ease = [(parts.ease[name], int(start[at])) for at, name in enumerate(SERVED)
                if name in parts.ease]  # fmt: skip
        silence = Membership.of([()], len(parts.terms.words))
        return cls(
            SERVED, start, counts, completions_side_by_side(ease, int(start[-1])), _hand(),
            np.log(np.concatenate([parts.popularity[name] for name in SERVED]) + 1e-9),
            np.concatenate([parts.words[name].scores(silence)[0] for name in SERVED]),
            {inputs: Heard(names, words_side_by_side([parts.words[name] for name in names]))
             for inputs, names in _hearing(tuple(parts.terms.spoken)).items()},
        )  # fmt: skip

    def shared(self, parts: Parts) -> Parts:
        """The same parts with their counts and completions in the memory that is used here."""
        ease, after = dict(parts.ease), 0
        for name in (name for name in self.fields if name in ease):
            first, after = after, after + len(ease[name].items)
            ease[name] = replace(ease[name], rows=self.ease.rows[:, first:after])
        counts = {**parts.counts, **dict(zip(self.fields, self.counts.apart(), strict=True))}
        return replace(parts, counts=counts, ease=ease)

    @property
    def width(self) -> int:
        """How many items there are in all."""
        return int(self.start[-1])

    @property
    def sizes(self) -> Ints:
        """How many items each field has."""
        return self.start[1:] - self.start[:-1]

    def place(self, name: str) -> int:
        """Which of the fields it is."""
        return self.fields.index(name)

    def of(self, name: str) -> slice:
        """Where the items of a field stand."""
        at = self.place(name)
        return slice(int(self.start[at]), int(self.start[at + 1]))


def _hand() -> Floats:
    """The hand weights of each field's models, at the places of their groups and kinds."""
    groups, kinds = len(GROUPS), len(KINDS)
    made = np.zeros((len(SERVED), groups + kinds + 1), dtype=np.float32)
    for row, name in zip(made, SERVED, strict=True):
        mine, own = numbers(FIELDS[name].contexts), own_kinds(name)
        weights = hand_weights(len(mine) + len(own) + 1)
        # A field may ask the same kind of visits twice: its weights add up.
        np.add.at(row, [*mine, *(groups + kind for kind in own), -1], weights)
    return made


def _hearing(spoken: tuple[str, ...]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Fields by those of their inputs whose words count; a field that hears none is left out."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name in SERVED:
        # Notes are heard with the complaints.
        inputs = tuple(one for one in FIELDS[name].inputs if one in {*spoken, "complaint"})
        if inputs:
            found[inputs] = (*found.get(inputs, ()), name)
    return found
