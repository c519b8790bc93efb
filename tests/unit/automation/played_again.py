"""Plays two brands of a small sample world and tells what came out, as digests. A script.

With the word ``shuffled`` every table is written in other pieces and another order of rows, as
the library that writes files may do.
"""

import hashlib
import json
import sys
from pathlib import Path

import pyarrow as pa
from sqlalchemy import select

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.platform.automation.pipelines.inference import predictions_at
from perdure.platform.automation.pipelines.steps import run_step
from perdure.platform.automation.pipelines.work import open_work
from perdure.platform.automation.rehearsal import bring
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.registry.gate import GateReport
from perdure.platform.registry.registry import Registry
from perdure.platform.storage import watched
from perdure.platform.storage.project import Project

SETTINGS = """
cases: {DEMOVEL: {market: demolipids}, EXEMPLIX: {market: demolipids}}
index: {count: 1}
model: {trees: 8}
training: {folds: 3, replicates: 50}
"""
DECIDED = ("id", "case", "entity", "action", "arm", "score", "propensity", "territory", "rank",
           "reasons", "limits")  # fmt: skip


class Shuffled(watched.Watched):
    """Rows that come in pieces of 1,000, the last piece first."""

    def stream(self):
        whole = super().stream().read_all().combine_chunks().to_batches(1_000)
        schema = watched.kept_schema(self._data.schema)
        return pa.RecordBatchReader.from_batches(schema, whole[::-1])


def played(folder):
    """Features, model, scores and decisions of each brand, decided one after the other."""
    manifest = solution("conversion")
    world = manifest.code("sample")(0, 2_000)
    project = Project.create(folder, clock=FixedClock(world.horizon))
    (folder / "conf/base").mkdir(parents=True, exist_ok=True)
    (folder / "conf/base/conversion.yaml").write_text(SETTINGS, encoding="utf-8")
    bring(project, manifest, world.tables(world.horizon))
    told = {}
    for case in world.cases:
        work = open_work(project, "conversion", case)
        run_step(work, "features", world.horizon)
        reference = run_step(work, "train", world.horizon, promote=False)["models"][work.model_name]
        # Whether so small a world passes the gate is not what is asked here.
        passed = GateReport(reference, None, ())
        model = Registry(project).promote(reference, actor="test", reason="test", gate=passed)
        run_step(work, "score", world.horizon)
        run_step(work, "decide", world.horizon)
        rows = predictions_at(work, world.horizon).rows.drop_columns(["run", "scored_at"])
        told[case] = {"model": model.digest, "scores": _digest(rows.to_pylist())}
    with project.ops.connect() as connection:
        found = connection.execute(select(*(DECISIONS.c[n] for n in DECIDED)).order_by("sequence"))
        decided = [list(map(str, row)) for row in found]
    project.ops.close()
    return told | {"decisions": _digest(decided), "decided": len(decided)}


def _digest(rows):
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


if __name__ == "__main__":
    if "shuffled" in sys.argv:
        from perdure.platform.storage import lake

        lake.Watched = Shuffled
    print(json.dumps(played(Path(sys.argv[1]))))
