"""OpenLineage events of runs, one JSON line each, in ``var/lineage/YYYY-MM.jsonl``.

Written in the standard's own form (specification 2-0-2) without its client, which takes longer
to import than most steps take to run; a test holds the two equal.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

PRODUCER = "urn:perdure"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets"
_NAMESPACE = uuid.UUID("5b1f0d5e-8f0a-5d52-9c39-0f4c6f6f2d1a")

EventType = Literal["START", "COMPLETE", "FAIL"]


def event(
    kind: EventType,
    *,
    at: datetime,
    project: str,
    pipeline: str,
    run: str,
    attempt: int = 1,
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> dict[str, Any]:
    """One OpenLineage run event.

    ``inputs`` and ``outputs`` may hold ``tables`` and ``models``: maps of name to version; each
    becomes a dataset with that version. ``at`` is naive UTC.
    """
    facets: dict[str, Any] = {"tags": _tags(run, attempt)}
    if error is not None:
        facets["errorMessage"] = _error(error)
    return {
        "eventTime": f"{at.isoformat()}Z",
        "eventType": kind,
        "inputs": [{**each, "inputFacets": {}} for each in _datasets(project, inputs)],
        "job": {"facets": {}, "name": pipeline, "namespace": f"perdure.{project}"},
        "outputs": [{**each, "outputFacets": {}} for each in _datasets(project, outputs)],
        "producer": PRODUCER,
        "run": {"facets": facets, "runId": str(uuid.uuid5(_NAMESPACE, f"{run}.{attempt}"))},
        "schemaURL": SCHEMA,
    }


def append(folder: Path, made: Mapping[str, Any]) -> None:
    """Add an event to the file of its month. Whole lines, whoever else writes or is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps(made, sort_keys=True).encode() + b"\n"
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    descriptor = os.open(folder / f"{made['eventTime'][:7]}.jsonl", flags, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        # A writer that was killed inside its line must not swallow the next one.
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        file.write(b"\n" + line if torn else line)


def events(folder: Path) -> Iterator[dict[str, Any]]:
    """Every whole event, oldest month first; a line that a kill cut short is passed over."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue


def _datasets(project: str, made: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    for kind in ("tables", "models"):
        for name, version in sorted(((made or {}).get(kind) or {}).items()):
            yield {
                "facets": {"version": _facet("1-0-1/DatasetVersion", datasetVersion=str(version))},
                "name": name,
                "namespace": f"perdure.{project}.{kind}",
            }


def _tags(run: str, attempt: int) -> dict[str, Any]:
    pairs = {"run": run, "attempt": str(attempt)}
    tags = [{"key": key, "source": "perdure", "value": value} for key, value in pairs.items()]
    return _facet("1-0-0/Tags", "RunFacet", tags=tags)


def _error(text: str) -> dict[str, Any]:
    return _facet("1-0-1/ErrorMessage", "RunFacet", message=text, programmingLanguage="python")


def _facet(name: str, suffix: str = "DatasetFacet", /, **values: Any) -> dict[str, Any]:
    version, _, title = name.partition("/")
    address = f"{_FACETS}/{version}/{title}{suffix}.json#/$defs/{title}{suffix}"
    return {"_producer": PRODUCER, "_schemaURL": address, **values}
