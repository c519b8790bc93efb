"""The registry copied to MLflow, by a child process that nobody has to wait for.

The copy is made of our own tables, so it can be made again at any time and a failure of MLflow
loses nothing. When nothing changed since the last copy no child is started.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from perdure.kernel.names import digest
from perdure.platform.registry.mlflow import REFERENCE, TrackedVersion, Tracking
from perdure.platform.registry.registry import Registry
from perdure.platform.registry.versions import ModelVersion
from perdure.platform.storage.project import Project

ADDRESS = "PERDURE_MLFLOW"
_MODULE = "perdure.platform.registry.mirror"
_ALIASES = ("champion", "challenger")


@dataclass(frozen=True, slots=True)
class Mirrored:
    """Whether the copy is up to date, and what was done, in words."""

    ok: bool
    words: str


def mirror(project: Project, seconds: float = 120) -> Mirrored:
    """Bring the copy in MLflow up to date. Never raises: a failure is what it answers."""
    mark, state = _mark(project), _state(Registry(project))
    if mark.is_file() and mark.read_text(encoding="utf-8") == state:
        return Mirrored(True, "MLflow is up to date")
    try:
        child = subprocess.run(  # noqa: S603 - no shell, own interpreter, own module
            [sys.executable, "-m", _MODULE, str(project.root)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        return Mirrored(False, f"MLflow did not answer within {seconds:g} s")
    if child.returncode:
        last = child.stderr.strip().rpartition("\n")[2][:300]
        return Mirrored(False, f"MLflow could not be brought up to date: {last}")
    mark.write_text(state, encoding="utf-8")
    return Mirrored(True, child.stdout.strip().rpartition("\n")[2])


def address(project: Project) -> str:
    """Where MLflow is: ``PERDURE_MLFLOW``, or an SQLite file of the project."""
    return os.environ.get(ADDRESS) or f"sqlite:///{project.var / 'mlflow.sqlite'}"


def copy(project: Project) -> int:
    """Copy every version and alias, in this process; gives the number of versions."""
    files = None if os.environ.get(ADDRESS) else (project.var / "mlartifacts").as_uri()
    registry, tracking = Registry(project), Tracking(address(project), files)
    count = 0
    for name in registry.names():
        numbers: dict[int, str] = {}
        for version in reversed(registry.versions(name)):
            told = _told(project, registry, version)
            numbers[version.version] = tracking.register(told, tracking.record(told))
            count += 1
        states = {version.state: version.version for version in registry.versions(name)}
        tracking.point(name, {a: numbers[states[a]] for a in _ALIASES if a in states})
    return count


def _told(project: Project, registry: Registry, version: ModelVersion) -> TrackedVersion:
    bundle = registry.open(version.reference)
    about, signature = bundle.about(), bundle.signature()
    metrics = {
        f"{row.method} {row.metric}": row.value
        for row in bundle.evidence()
        if row.case == about["case"] and row.value == row.value
    }
    parameters = {
        "learner": str(signature.get("learner", "")),
        "split": str(bundle.report().get("split", "")),
        "training_table": f"{version.training_table}@{version.training_version}",
        "index_dates": ", ".join(about["index_dates"]),
        "feature_digest": version.feature_digest,
    }
    tags = {"perdure.digest": version.digest, "perdure.run": version.run}
    return TrackedVersion(
        name=version.name,
        version=version.version,
        experiment=about["solution"],
        source=(project.artifacts.root / version.digest).absolute().as_uri(),
        started_ms=int(version.created_at.replace(tzinfo=UTC).timestamp() * 1000),
        parameters=parameters,
        metrics=metrics,
        tags={**tags, "perdure.case": about["case"], "perdure.kind": about["kind"]},
    )


def _state(registry: Registry) -> str:
    versions = [v for name in registry.names() for v in registry.versions(name)]
    return digest([[v.reference, v.digest, v.state] for v in versions])


def _mark(project: Project) -> Path:
    return project.var / "mlflow.state"


if __name__ == "__main__":
    done = copy(Project.find(Path(sys.argv[1])))
    sys.stdout.write(f"{done} model versions in MLflow ({REFERENCE} names each)\n")
