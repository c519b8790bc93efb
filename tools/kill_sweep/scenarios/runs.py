"""Runs of several steps, each of which writes a table and stores a bundle."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import func, select

from perdure.platform.automation.ledger import Ledger, RunHandle
from perdure.platform.automation.records import RUN_STEPS, RUNS
from perdure.platform.storage.project import Project
from tools.kill_sweep.scenario import Acks

COUNT, STEPS, ROWS = 4, 3, 200


class Runs:
    """A run that was killed is resumed after its last finished step."""

    name, weight = "runs", 4

    def prepare(self, project: Project) -> None:
        """An empty store."""
        project.ops.migrate()

    def work(self, project: Project, acks: Acks) -> None:
        """Do all runs."""
        for number in range(COUNT):
            with Ledger(project).run("sweep", f"key-{number}", {"number": number}) as run:
                if not run.finished:
                    made = [_step(project, run, acks, number, step) for step in range(STEPS)]
                    run.finish({"tables": {"sweep": made[-1]["version"]}, "digests": digests(made)})
            acks.add("run", [run.id, run.outputs])

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """Acknowledged steps and runs are recorded with the same outputs; no run twice."""
        ledger, problems = Ledger(project), []
        known = {run.id: run for run in ledger.runs(1_000)}
        for run, outputs in _pairs(acked, "run"):
            if run not in known or known[run].outputs != outputs:
                problems.append(f"acknowledged run {run} is lost or changed")
        recorded = steps(project)
        for name, outputs in _pairs(acked, "step"):
            if recorded.get(name) != outputs:
                problems.append(f"acknowledged step {name} is lost or changed")
        if len(known) > COUNT or len({run.key for run in known.values()}) != len(known):
            problems.append(f"{len(known)} runs of {COUNT} keys")
        return problems + whole_versions(project, "sweep", ROWS)

    def state(self, project: Project) -> object:
        """Keys, states, outputs of the runs, and the rows of the table."""
        with project.ops.connect() as connection:
            rows = connection.execute(select(RUNS.c.key, RUNS.c.state, RUNS.c.outputs))
            runs = sorted([row.key, row.state, row.outputs] for row in rows)
            count = connection.scalar(select(func.count()).select_from(RUN_STEPS))
        return {"runs": runs, "steps": count, "rows": project.lake.rows("sweep")}


def _step(
    project: Project, run: RunHandle, acks: Acks, number: int, step: int
) -> dict[str, object]:
    def work() -> dict[str, object]:
        column = pa.array([f"{number}-{step}"] * ROWS)
        table = pa.table({"batch": column, "value": pa.array(range(ROWS), pa.int64())})
        version = project.lake.append("sweep", table, key=f"{number}-{step}")
        digest = project.artifacts.put({"step.txt": f"{number}-{step}".encode()})
        return {"version": version, "digest": digest}

    outputs = run.step(f"step-{step}", "1", work)
    acks.add("step", [f"{run.id}/step-{step}", outputs])
    return outputs


def digests(made: list[dict[str, object]]) -> list[object]:
    """The bundles that the steps stored."""
    return [step["digest"] for step in made]


def steps(project: Project) -> dict[str, object]:
    """The recorded outputs of every finished step."""
    with project.ops.connect() as connection:
        rows = connection.execute(select(RUN_STEPS)).all()
    return {f"{row.run}/{row.name}": row.outputs for row in rows}


def whole_versions(project: Project, table: str, rows: int) -> list[str]:
    """What is wrong with a table each of whose versions adds ``rows`` rows of one batch."""
    problems = []
    if not project.lake.exists(table):
        return []
    for version in range(project.lake.version(table) + 1):
        counts = project.lake.read(table, version)["batch"].value_counts().to_pylist()
        wrong = [each for each in counts if each["counts"] != rows]
        if wrong or len(counts) != version + 1:
            problems.append(f"version {version} of {table} is not whole: {counts}")
    return problems


def _pairs(acked: dict[str, list[object]], kind: str) -> list[tuple[str, object]]:
    return [(str(each[0]), each[1]) for each in acked.get(kind, []) if isinstance(each, list)]
