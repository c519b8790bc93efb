"""Features over features: derived expressions and ratios to peers, in order of declaration.

Declarations that do not need one another share one pass: a pass ends when the next declaration
needs a feature that the pass is only about to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.errors import FeatureError, did_you_mean
from perdure.kernel.features import Derived, FeatureSet, PeerRatio
from perdure.platform.features.expressions import compiled
from perdure.platform.features.moments import MOMENT
from perdure.platform.features.peers import PeerCompiler
from perdure.platform.features.plan import Step
from perdure.platform.features.ratio import Ratios
from perdure.platform.features.relational import select, star
from perdure.platform.features.rows import ENTITY
from perdure.platform.features.syntax import double, named, table, varchar

PAIR = (ENTITY, MOMENT)


@dataclass
class FeatureCompiler:
    """Adds features over features to a relation that holds features from rows."""

    features: FeatureSet
    peers: PeerCompiler
    steps: list[Step]
    base: str
    _waiting: dict[str, exp.Expr] = field(default_factory=dict)
    _ratios: list[PeerRatio] = field(default_factory=list)

    def compile(self) -> str:
        """The relation with all features."""
        before: list[str] = []
        for made in self.features.declarations:
            if isinstance(made, Derived):
                self._derived(made, before)
            elif isinstance(made, PeerRatio):
                self._ratio(made, before)
            before += made.feature_names()
        self._flush()
        return self.base

    def _derived(self, made: Derived, before: Sequence[str]) -> None:
        place, parameters = f"derived feature '{made.name}'", self.features.parameters
        tree = compiled(made.expression, before, parameters, where=place, alias="b")
        needed = {c.name for c in tree.find_all(exp.Column)}
        if needed & {*self._waiting, *(r.name for r in self._ratios)}:
            self._flush()
        self._waiting[made.name] = typed(self.features, made.name, tree)

    def _ratio(self, made: PeerRatio, before: Sequence[str]) -> None:
        check(made, before, self.features.categorical)
        if made.feature in {*self._waiting, *(r.name for r in self._ratios)}:
            self._flush()
        self._ratios.append(made)

    def _flush(self) -> None:
        """One pass over the relation so far, with all that waits as more columns."""
        if not self._waiting and not self._ratios:
            return
        level = f"_features_{len(self.steps)}"
        ratios = Ratios(self.base, self.peers.current(self.features.entities))
        for made in self._ratios:
            ratios.add(made, self.peers.current(made.groups, made.group_by))
        self.steps += ratios.steps(level)
        columns = [named(tree, name) for name, tree in (self._waiting | ratios.trees).items()]
        query = select([star("b"), *columns], table(self.base, "b"), *ratios.joins(level))
        made_of = ", ".join((*self._waiting, *ratios.trees))
        # Ratios read a relation twice; derived features alone are computed where they are read.
        self.steps.append(Step(level, query, f"features over features: {made_of}"[:200]))
        self.base, self._waiting, self._ratios = level, {}, []


def typed(features: FeatureSet, feature: str, tree: exp.Expr) -> exp.Expr:
    """A feature as text when it is categorical, else as a double."""
    return varchar(tree) if feature in features.categorical else double(tree)


def check(made: PeerRatio, before: Sequence[str], categorical: Sequence[str]) -> None:
    """Refuse a ratio of an unknown feature or of a label, or without groups."""
    place = f"peer ratio '{made.name}'"
    if made.feature not in before:
        hint = did_you_mean(made.feature, before)
        raise FeatureError(f"no feature '{made.feature}' before it", where=place, hint=hint)
    if made.feature in categorical:
        raise FeatureError(f"'{made.feature}' is a label, not a number", where=place)
    if not made.group_by:
        raise FeatureError("'group_by' is empty", where=place)
