"""The pipelines of a solution: features, training, release, scores and decisions."""

from __future__ import annotations

from datetime import datetime

from perdure.kernel.discovery import solution
from perdure.platform.automation.ledger import Ledger
from perdure.platform.automation.pipelines.steps import run_step
from perdure.platform.automation.pipelines.work import open_work
from perdure.platform.decisions.log import DecisionLog
from perdure.platform.inference.population import predictions_table
from perdure.platform.registry.registry import Registry
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from tools.kill_sweep.scenario import Acks
from tools.kill_sweep.scenarios.decisions import batches
from tools.kill_sweep.scenarios.ingests import content

NAME, SIZE = "conversion", 600
STEPS = ("features", "train", "score", "decide")
SETTINGS = """\
# Small enough to be trained many times in a minute; so few outcomes that the gate must be told
# to let a model pass that cannot be judged.
cases:
  EXEMPLIX: null
index: { count: 3, every_months: 5 }
features: { families: [demographics, claims], windows: [12mo] }
model: { trees: 10 }
training: { folds: 2, replicates: 50 }
gate: { minimum_positives: 100000, allow_not_knowable: true }
"""


class Lifecycle:
    """A step is acknowledged when it returns its outputs."""

    name, weight = "lifecycle", 5

    def prepare(self, project: Project) -> None:
        """The tables of a small sample world."""
        (project.root / "conf" / "base" / f"{NAME}.yaml").write_text(SETTINGS)
        manifest = solution(NAME)
        contracts = project.contracts(manifest)
        world = manifest.code("sample")(0, SIZE)
        for name, table in world.tables(world.horizon).items():
            ingest(project, contracts[name], table, source="sample")

    def work(self, project: Project, acks: Acks) -> None:
        """All steps as of the newest rows."""
        at = _horizon()
        work = open_work(project, NAME)
        for step in STEPS:
            made = run_step(work, step, at)
            acks.add("step", [step, {name: made[name] for name in made if name != "reused"}])

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """Outputs stay as told; the versions they name can be read; one champion; chain whole."""
        problems = list(DecisionLog(project.ops, project.var).verify().problems)
        work = open_work(project, NAME)
        runs = {
            run.pipeline: run.outputs
            for run in Ledger(project).runs(100)
            if run.state == "finished"
        }
        for step, outputs in _pairs(acked.get("step", [])):
            if runs.get(work.pipeline(step)) != outputs:
                problems.append(f"the acknowledged outputs of '{step}' are lost or changed")
        for outputs in runs.values():
            for table, version in (outputs or {}).get("tables", {}).items():
                project.lake.read(table, version)
        for version in Registry(project).versions(work.model_name):
            Registry(project).open(version.reference)
        for batch, (promised, rows) in batches(project).items():
            if promised != rows:
                problems.append(f"half a batch is visible: {batch} has {rows} of {promised}")
        return problems

    def state(self, project: Project) -> object:
        """What the pipelines made, without moments and names of runs."""
        work = open_work(project, NAME)
        versions = Registry(project).versions(work.model_name)
        table = project.lake.scan(predictions_table(NAME, work.case)).collect()
        scores = table.drop("run", "scored_at").sort("entity")
        tables = {name: project.lake.version(name) for name in project.lake.tables()}
        with project.ops.connect():
            made = sorted(batches(project).values())
        return [
            [[each.version, each.digest, each.state] for each in versions],
            [each.kind for each in Registry(project).history(work.model_name)],
            content(scores),
            tables,
            made,
            sorted([run.pipeline, run.state] for run in Ledger(project).runs(100)),
        ]


def _horizon() -> datetime:
    horizon: datetime = solution(NAME).code("sample")(0, SIZE).horizon
    return horizon


def _pairs(values: list[object]) -> list[tuple[str, object]]:
    return [(str(each[0]), each[1]) for each in values if isinstance(each, list)]
