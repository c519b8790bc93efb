"""The one place that speaks to MLflow: experiments, runs, model versions, aliases.

MLflow is a copy for people and tools that know it; perdure itself reads its own tables and never
waits for it. Every verb may be repeated. Imported lazily: MLflow costs seconds of CPU to load.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

REFERENCE = "perdure.reference"
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_\-./ ]")


@dataclass(frozen=True, slots=True)
class TrackedVersion:
    """A model version as MLflow is told of it; ``source`` is the address of its bundle."""

    name: str
    version: int
    experiment: str
    source: str
    started_ms: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """``name@version`` as perdure writes it."""
        return f"{self.name}@{self.version}"


class Tracking:
    """An MLflow tracking server and registry, by address (``sqlite:///...`` or a server's).

    ``artifacts`` is where new experiments may keep files (None: the server's choice).
    """

    def __init__(self, address: str, artifacts: str | None = None) -> None:
        self.address, self.artifacts = address, artifacts

    @cached_property
    def _client(self) -> Any:
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        from mlflow.tracking import MlflowClient

        return MlflowClient(tracking_uri=self.address, registry_uri=self.address)

    def record(self, version: TrackedVersion) -> str:
        """The run of a version, with parameters, metrics and tags; made when it is not there."""
        with _quiet():
            from mlflow.entities import Metric, Param, RunTag

            experiment = self._experiment(version.experiment)
            if known := self._run_of(experiment, version.reference):
                return known
            run = self._client.create_run(
                experiment, start_time=version.started_ms, run_name=version.reference
            ).info.run_id
            self._client.log_batch(
                run,
                metrics=[
                    Metric(metric_name(key), value, version.started_ms, 0)
                    for key, value in version.metrics.items()
                ],
                params=[Param(key, value[:5000]) for key, value in version.parameters.items()],
                tags=[RunTag(key, value[:5000]) for key, value in version.tags.items()],
            )
            # The tag that says "recorded" comes last: a run without it is made again.
            self._client.set_tag(run, REFERENCE, version.reference)
            self._client.set_terminated(run)
            return str(run)

    def register(self, version: TrackedVersion, run: str) -> str:
        """MLflow's number of a model version; registered when it is not there."""
        with _quiet():
            name = registered_name(version.name)
            if not self._client.search_registered_models(f"name = '{name}'"):
                self._client.create_registered_model(name)
            for made in self._client.search_model_versions(f"name = '{name}'"):
                if made.tags.get(REFERENCE) == version.reference:
                    return str(made.version)
            made = self._client.create_model_version(
                name,
                source=version.source,
                run_id=run,
                tags={**version.tags, REFERENCE: version.reference},
            )
            return str(made.version)

    def point(self, name: str, aliases: Mapping[str, str]) -> None:
        """Make the aliases of a model exactly these (alias -> MLflow's version number)."""
        with _quiet():
            registered = registered_name(name)
            present = self._client.get_registered_model(registered).aliases
            for alias in present.keys() - aliases.keys():
                self._client.delete_registered_model_alias(registered, alias)
            for alias, number in aliases.items():
                if str(present.get(alias)) != number:
                    self._client.set_registered_model_alias(registered, alias, number)

    def version_at(self, name: str, alias: str) -> str:
        """The reference of the version that an alias points to in MLflow."""
        with _quiet():
            made = self._client.get_model_version_by_alias(registered_name(name), alias)
            return str(made.tags[REFERENCE])

    def runs(self, experiment: str) -> list[dict[str, Any]]:
        """The runs of an experiment: id, reference, metrics and parameters, newest first."""
        with _quiet():
            found = self._client.search_runs([self._experiment(experiment)])
            return [
                {
                    "id": run.info.run_id,
                    "reference": run.data.tags.get(REFERENCE),
                    "metrics": dict(run.data.metrics),
                    "parameters": dict(run.data.params),
                }
                for run in found
            ]

    def _experiment(self, name: str) -> str:
        if found := self._client.get_experiment_by_name(name):
            return str(found.experiment_id)
        return str(self._client.create_experiment(name, artifact_location=self.artifacts))

    def _run_of(self, experiment: str, reference: str) -> str | None:
        wanted = f"tags.`{REFERENCE}` = '{reference}'"
        found = self._client.search_runs([experiment], filter_string=wanted, max_results=1)
        return str(found[0].info.run_id) if found else None


def registered_name(name: str) -> str:
    """The name under which MLflow keeps a model: it allows no slash.

    >>> registered_name("conversion/voltaren")
    'conversion.voltaren'
    """
    return name.replace("/", ".")


def metric_name(name: str) -> str:
    """A metric name that MLflow accepts.

    >>> metric_name("served lift@0.10")
    'served lift_at_0.10'
    """
    return _NOT_ALLOWED.sub("_", name.replace("@", "_at_"))


@contextmanager
def _quiet() -> Iterator[None]:
    # The library warns about itself (deprecated loaders of its own tables) at every start.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
