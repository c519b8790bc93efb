"""From a registered version to a judged one: the whole gate, smoke scoring included."""

from __future__ import annotations

from perdure.kernel.solution import Solution
from perdure.platform.registry.gate import Check, GateReport, judge
from perdure.platform.registry.registry import Registry
from perdure.platform.registry.smoke import smoke_score
from perdure.platform.storage.project import Project
from perdure.platform.training.settings import GateSettings


def assess(
    project: Project, solution: Solution, reference: str, settings: GateSettings | None = None
) -> GateReport:
    """Judge a version against the champion of this moment; nothing is changed.

    Hand the report to ``Registry.promote``. IntegrityError when stored bytes are not intact.
    """
    rules, registry = settings or GateSettings(), Registry(project)
    wanted = registry.get(reference)
    bundle = registry.open(wanted.reference)
    champion = registry.champion(wanted.name)
    if champion and champion.version == wanted.version:
        champion = None
    checks = judge(
        bundle.about()["case"],
        bundle.evidence(),
        registry.open(champion.reference).evidence() if champion else None,
        solution,
        rules,
        bundle.card(),
    )
    smoke = smoke_score(project.artifacts, wanted.digest, solution, rules.smoke_seconds)
    checks.append(
        Check(
            "smoke",
            "passed" if smoke.ok else "failed",
            "loads and answers in a child process as it did when it was trained",
            smoke.words,
        )
    )
    return GateReport(wanted.reference, champion.reference if champion else None, tuple(checks))
