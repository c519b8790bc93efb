"""Versions are registered, promoted and rolled back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
from sqlalchemy import select

from perdure.kernel.evidence import Measured
from perdure.kernel.solution import Solution
from perdure.platform.registry.gate import GateReport
from perdure.platform.registry.records import ALIASES
from perdure.platform.registry.registry import Registry
from perdure.platform.registry.versions import serving
from perdure.platform.storage.project import Project
from perdure.platform.training.context import Candidate
from tools.kill_sweep.scenario import Acks

SOLUTION = Solution("sweep", "Sweep", "what survives?", "000", "classifier", "physician")
NAME = "sweep/default"
STEPS = ("+1", "+2", "+3", "-", "+4", "-", "-", "+5", "+6", "-", "+2", "+7")
"""``+n`` registers and promotes candidate n, ``-`` rolls back."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """A training table that is only talked about."""

    table: str = "training.sweep.default"
    version: int = 0
    inputs: Mapping[str, int] = field(default_factory=dict)
    feature_digest: str = "f" * 64
    label_digest: str = "a" * 64
    index_dates: Sequence[datetime] = (datetime(2025, 12, 31),)

    def frame(self) -> pa.Table:
        """No rows."""
        return pa.table({})


def candidate(number: int) -> Candidate:
    """A model of some bytes."""
    return Candidate(
        files={"model.txt": f"model {number}\n".encode() * 3_000},
        evidence=[Measured("default", "served", "auc", 0.5 + number / 100)],
        profiles={},
        signature={"inputs": ["x"]},
        card={"title": f"model {number}", "attributes": [], "facts": {}},
        smoke=pa.table({"x": [1.0, 2.0]}),
    )


class Promotions:
    """A change of champion is acknowledged when ``promote`` or ``rollback`` returns."""

    name, weight = "promotion", 6

    def prepare(self, project: Project) -> None:
        """An empty registry."""
        project.ops.migrate()

    def work(self, project: Project, acks: Acks) -> None:
        """Go on after the last change that is on record."""
        registry = Registry(project)
        for number, step in enumerate(STEPS):
            if number >= len(registry.history(NAME)):
                self._step(project, step)
                acks.add("change", [number, registry.history(NAME)[0].version])

    def _step(self, project: Project, step: str) -> None:
        registry = Registry(project)
        if step == "-":
            registry.rollback(NAME, actor="sweep", reason="to see what survives")
            return
        made = candidate(int(step[1:]))
        version = registry.register(made, SOLUTION, "default", training=_Rows())
        champion = registry.champion(NAME)
        gate = GateReport(version.reference, champion.reference if champion else None, ())
        registry.promote(version.reference, actor="sweep", reason="to see", gate=gate)

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """One champion, the one of the last change, with a whole bundle; no change lost."""
        registry = Registry(project)
        history = registry.history(NAME)[::-1]
        problems = [
            f"acknowledged change {number} is lost"
            for number, version in _pairs(acked.get("change", []))
            if number >= len(history) or history[number].version != version
        ]
        with project.ops.connect() as connection:
            aliases = {row.alias: row.version for row in connection.execute(select(ALIASES))}
        wanted = _serving(registry)
        if aliases.get("champion") != wanted:
            problems.append(f"the champion is {aliases.get('champion')}, the log says {wanted}")
        if wanted is not None and aliases.get("challenger") == wanted:
            problems.append("the champion is its own challenger")
        for version in registry.versions(NAME):
            registry.open(version.reference)
        states = [version.state for version in registry.versions(NAME)]
        if states.count("champion") != (wanted is not None):
            problems.append(f"{states.count('champion')} champions")
        return problems

    def state(self, project: Project) -> object:
        """Versions and changes."""
        registry = Registry(project)
        versions = [[each.version, each.digest, each.state] for each in registry.versions(NAME)]
        return [versions, [[each.kind, each.version] for each in registry.history(NAME)]]


class UnsafePromotions(Promotions):
    """Changes the champion in two transactions: the sweep must see this."""

    name = "unsafe-promotion"

    def _step(self, project: Project, step: str) -> None:
        super()._step(project, step)
        served = _serving(Registry(project))
        champion = (ALIASES.c.name == NAME) & (ALIASES.c.alias == "champion")
        for version in (None, served):
            with project.ops.begin() as connection:
                connection.execute(ALIASES.delete().where(champion))
                if version is not None:
                    row = {"name": NAME, "alias": "champion", "version": version}
                    connection.execute(
                        ALIASES.insert(), {**row, "changed_at": datetime(2026, 1, 1)}
                    )


def _serving(registry: Registry) -> int | None:
    """The champion that the log of changes leads to."""
    stack = serving(registry.history(NAME)[::-1])  # type: ignore[arg-type]
    return stack[-1] if stack else None


def _pairs(values: list[object]) -> list[tuple[int, int]]:
    return [(int(each[0]), int(each[1])) for each in values if isinstance(each, list)]
