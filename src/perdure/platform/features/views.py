"""Feature views: which aggregation is made by which pass over the rows."""

from __future__ import annotations

from dataclasses import dataclass

from perdure.kernel.features import Aggregation, FeatureView
from perdure.kernel.tables import TableContract
from perdure.platform.features.expressions import Parameters
from perdure.platform.features.latest import LATEST, LatestPass
from perdure.platform.features.plan import Step
from perdure.platform.features.rows import Tables
from perdure.platform.features.view_rows import Made, ViewRows, Wanted
from perdure.platform.features.windows import WindowPass


@dataclass
class ViewCompiler:
    """Turns one feature view into steps; ``number`` keeps the names of its relations apart."""

    view: FeatureView
    tables: Tables
    parameters: Parameters
    number: int

    def steps(self) -> tuple[list[Step], list[Made]]:
        """One pass over bounded windows, one over all history, one for last known values."""
        rows = ViewRows(self.view, self.tables, self.parameters, self.number)
        wanted = self._wanted()
        latest = [w for w in wanted if self._is_latest(w)]
        bounded = [w for w in wanted if w.window]
        history = [w for w in wanted if not w.window and w not in latest]
        name = f"_view_{self.number}"
        passes = [
            WindowPass(rows, name + suffix, found)
            for suffix, found in (("", bounded), ("_history", history))
            if found
        ]
        steps, made = [p.step() for p in passes], [p.made() for p in passes]
        if passes:
            ranked = any(w.made.function == "last" for w in (*bounded, *history))
            steps.insert(0, rows.step(ranked=ranked))
        if latest:
            last = LatestPass(rows, name + LATEST, latest)
            steps += last.steps()
            made.append(last.made())
        return steps, made

    def _wanted(self) -> list[Wanted]:
        return [
            Wanted(made, window, feature)
            for made in self.view.aggregations
            for window, feature in zip(made.windows or (None,), made.feature_names(), strict=True)
        ]

    def _is_latest(self, wanted: Wanted) -> bool:
        if wanted.made.function != "last" or wanted.window:
            return False
        contract = self.tables.contracts[self.view.source]
        return not self.tables.restated(self.view.source) or never_superseded(
            self.view, wanted.made, contract
        )


def never_superseded(view: FeatureView, made: Aggregation, contract: TableContract) -> bool:
    """Whether restated rows cannot change an aggregation, so that nobody need look for them.

    Statements of one fact that share entity and event time are ordered by when they were known:
    the last row of all is then never one that was replaced, unless a filter hides its successor.
    """
    same_place = {view.entity, contract.event_time} <= set(contract.keys)
    last_of_all = made.function == "last" and not made.windows
    return same_place and last_of_all and not view.where and not made.where
