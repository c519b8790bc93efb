"""Models opened for service: the version that a reference means, its bundle, its predictor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perdure.kernel.solution import Solution
from perdure.platform.registry.bundle import ModelBundle
from perdure.platform.registry.loading import load_model, trusted_packages
from perdure.platform.registry.registry import ModelVersion, Registry, model_name
from perdure.platform.storage.project import Project
from perdure.platform.training.context import Champion, Predictor


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model version ready to answer; every byte of it was verified when it was opened."""

    version: ModelVersion
    bundle: ModelBundle
    predictor: Predictor

    @property
    def reference(self) -> str:
        """The text that names it, e.g. ``conversion/voltaren@3``."""
        return self.version.reference


def open_model(project: Project, solution: Solution, reference: str) -> OpenModel:
    """The model that a reference (``name@3``, ``name@champion``) means.

    Raises UsageError when there is none, IntegrityError when its bytes are not what was stored.
    """
    registry = Registry(project)
    version = registry.get(reference)
    bundle = registry.open(version.reference)
    return OpenModel(
        version, bundle, load_model(bundle, solution.load_model, trusted_packages(solution))
    )


def open_predictor(project: Project, solution: Solution, reference: str) -> Predictor:
    """Only the predictor of :func:`open_model`."""
    return open_model(project, solution, reference).predictor


def champion_of(project: Project, solution: Solution, case: str) -> Champion | None:
    """The model in service as training compares with it, or None when there is none yet."""
    found = Registry(project).champion(model_name(solution.name, case))
    if found is None:
        return None
    made = open_model(project, solution, found.reference)
    dates = [datetime.fromisoformat(text) for text in made.bundle.about()["index_dates"]]
    return Champion(found.reference, made.predictor, max(dates, default=None))
