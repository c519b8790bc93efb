"""The rows of a feature view: its filter, and each expression over its source computed once."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.features import Aggregation, FeatureView
from perdure.platform.features.expressions import Parameters, compiled
from perdure.platform.features.plan import Step
from perdure.platform.features.rows import ENTITY, Rows, Tables
from perdure.platform.features.syntax import double

KEYS = "_keys"


@dataclass(frozen=True)
class Made:
    """A relation keyed by entity and moment, and the features that are its columns."""

    relation: str
    features: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """One feature to make: an aggregation over one of its windows (None: all of history)."""

    made: Aggregation
    window: str | None
    feature: str


@dataclass
class ViewRows:
    """Collects what the passes over a view need of its rows."""

    view: FeatureView
    tables: Tables
    parameters: Parameters
    number: int
    outputs: dict[str, exp.Expr] = field(default_factory=dict)
    _aliases: dict[str, str] = field(default_factory=dict)

    @property
    def relation(self) -> str:
        """The name of the relation of the view's rows."""
        return f"_rows_{self.number}"

    @property
    def restated(self) -> bool:
        """Whether rows of the source can be replaced later."""
        return self.tables.restated(self.view.source)

    def step(self, *, ranked: bool) -> Step:
        """The rows with every computed column that was asked for."""
        entities = {ENTITY: self.view.entity}
        rows = Rows(self.view.source, entities, self.outputs, self.where(), ranked)
        return self.tables.step(rows, self.relation, f"rows of view '{self.view.name}'")

    def output(self, source: str, where: str, *, as_double: bool = False) -> str:
        """The name of the column that holds an expression."""
        tree = self._compiled(source, where)
        tree = double(tree) if as_double else tree
        alias = self._aliases.setdefault(tree.sql(), f"_x{len(self._aliases)}")
        self.outputs[alias] = tree
        return alias

    def flag(self, made: Aggregation) -> str | None:
        """The name of the column that says whether a row is kept; None when all are."""
        return self.output(made.where, f"{self.place(made)}, where") if made.where else None

    def where(self) -> exp.Expr | None:
        """The filter of the whole view."""
        view = self.view
        return self._compiled(view.where, f"view '{view.name}'") if view.where else None

    def place(self, made: Aggregation) -> str:
        """How errors name an aggregation."""
        return f"view '{self.view.name}', aggregation '{made.name}'"

    def _compiled(self, source: str, where: str) -> exp.Expr:
        columns = self.tables.columns(self.view.source)
        return compiled(source, columns, self.parameters, where=where, alias="e")
