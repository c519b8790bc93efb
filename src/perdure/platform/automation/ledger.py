"""The run ledger: each piece of work is done once, resumed where it stopped, and remembered.

A run is named by its pipeline and a key made from everything that its result depends on. The
first call does it; a later one with the same key gets the recorded outputs; a call after a kill
goes on after the last finished step; two at once are never allowed.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from perdure.kernel.errors import PerdureError, StoreError, UsageError
from perdure.kernel.names import new_id
from perdure.platform.automation import lineage
from perdure.platform.automation.lease import LEASE_SECONDS, Grant, Lease
from perdure.platform.automation.records import RUN_STEPS, RUNS
from perdure.platform.storage.project import Project

Outputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as the ledger remembers it; ``state`` is running, finished or failed."""

    id: str
    pipeline: str
    key: str
    state: str
    attempt: int
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None


class Ledger:
    """The runs of a project."""

    def __init__(self, project: Project, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._project = project
        self._lease_seconds = lease_seconds

    @contextmanager
    def run(self, pipeline: str, key: str, inputs: Mapping[str, Any]) -> Iterator[RunHandle]:
        """Do a run, once: look at ``handle.finished`` first, and call ``handle.finish`` at the end.

        ``inputs`` is kept, and its maps ``tables`` and ``models`` (name to version) become
        lineage. An exception marks the run failed; the next call with the same key resumes it.
        Raises LeaseLost when a living process is doing the same run.

        ::

            with ledger.run("conversion/features", key, {"tables": {"claims": 3}}) as run:
                if not run.finished:
                    made = run.step("compute", key, compute)
                    run.finish({"tables": {made["table"]: made["version"]}})
            return run.outputs
        """
        found = self.find(pipeline, key)
        if found and found.state == "finished":
            yield RunHandle(self._project, found, None)
            return
        with Lease(self._project.ops, f"{pipeline}:{key}", seconds=self._lease_seconds) as lease:
            record = self._begin(pipeline, key, inputs, lease.held())
            handle = RunHandle(self._project, record, lease.held())
            if handle.finished:
                yield handle
                return
            handle.emit("START")
            try:
                yield handle
                if not handle.finished:
                    raise UsageError(f"run {record.id} of {pipeline} ended without finish()")
            except BaseException as error:
                if not handle.finished:
                    handle.fail(error)
                raise

    def find(self, pipeline: str, key: str) -> RunRecord | None:
        """The run of that pipeline and key, None when there was none."""
        where = (RUNS.c.pipeline == pipeline) & (RUNS.c.key == key)
        with self._project.ops.connect() as connection:
            row = connection.execute(select(RUNS).where(where)).mappings().one_or_none()
        return RunRecord(**row) if row else None

    def runs(self, limit: int = 50, pipeline: str | None = None) -> list[RunRecord]:
        """The latest runs, newest first; of one pipeline when it is named."""
        statement = select(RUNS).order_by(RUNS.c.started_at.desc(), RUNS.c.id.desc()).limit(limit)
        if pipeline is not None:
            statement = statement.where(RUNS.c.pipeline == pipeline)
        with self._project.ops.connect() as connection:
            return [RunRecord(**row) for row in connection.execute(statement).mappings()]

    def _begin(self, pipeline: str, key: str, inputs: Mapping[str, Any], grant: Grant) -> RunRecord:
        """Write the run as running, or take up the one that stopped."""
        where = (RUNS.c.pipeline == pipeline) & (RUNS.c.key == key)
        with self._project.ops.begin() as connection:
            grant.check(connection)
            row = connection.execute(select(RUNS).where(where)).one_or_none()
            if row is None:
                first = {"id": new_id("run"), "attempt": 1, **self._fresh(inputs)}
                connection.execute(RUNS.insert().values(pipeline=pipeline, key=key, **first))
            elif row.state != "finished":
                again = {"attempt": row.attempt + 1, "error": None, **self._fresh(inputs)}
                connection.execute(update(RUNS).where(where).values(**again))
            return RunRecord(**connection.execute(select(RUNS).where(where)).mappings().one())

    def _fresh(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "state": "running",
            "inputs": _plain(inputs),
            "started_at": self._project.clock.now(),
            "finished_at": None,
        }


class RunHandle:
    """A run in progress, or one that was finished before."""

    def __init__(self, project: Project, record: RunRecord, grant: Grant | None) -> None:
        self._project, self._record, self._grant = project, record, grant
        self.outputs: Outputs = record.outputs or {}
        self.finished = record.state == "finished"

    @property
    def id(self) -> str:
        """The run's identifier; the same over all its attempts."""
        return self._record.id

    @property
    def attempt(self) -> int:
        """1 at first, more when the run is being resumed."""
        return self._record.attempt

    def step(self, name: str, key: str, work: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Do a step once: gives its recorded outputs when it was finished under the same key.

        ``work`` must be repeatable: killed after its effects but before they are recorded here,
        it is done again.
        """
        where = (RUN_STEPS.c.run == self.id) & (RUN_STEPS.c.name == name)
        with self._project.ops.connect() as connection:
            done = connection.execute(select(RUN_STEPS).where(where)).one_or_none()
        if done is not None and done.key == key:
            return dict(done.outputs)
        started = self._project.clock.now()
        outputs = _plain(work())
        row = {"run": self.id, "name": name, "key": key, "outputs": outputs}
        moments = {"started_at": started, "finished_at": self._project.clock.now()}
        columns = ("key", "outputs", *moments)
        with self._writing() as connection:
            statement = self._project.ops.upsert(RUN_STEPS, ("run", "name"), columns)
            connection.execute(statement, {**row, **moments})
        return outputs

    def finish(self, outputs: Mapping[str, Any]) -> None:
        """Record the outputs; from now on the same key returns them and does nothing."""
        self.outputs = _plain(outputs)
        with self._writing() as connection:
            self._close(connection, state="finished", outputs=self.outputs)
        self.finished = True
        self.emit("COMPLETE")

    def fail(self, error: BaseException) -> None:
        """Record why the run stopped, as far as the store and the lease still allow."""
        text = str(error) if isinstance(error, PerdureError) else _last_line(error)
        try:
            with self._writing() as connection:
                self._close(connection, state="failed", error=text[: PerdureError.limit])
            self.emit("FAIL", text)
        except PerdureError:
            # The first error is the one to report; a run left as running is resumed as well.
            return

    def emit(self, kind: lineage.EventType, error: str | None = None) -> None:
        """Append the lineage event of a change of state; raises StoreError when it cannot."""
        made = lineage.event(
            kind,
            at=self._project.clock.now(),
            project=self._project.root.name,
            pipeline=self._record.pipeline,
            run=self.id,
            attempt=self.attempt,
            inputs=self._record.inputs,
            outputs=self.outputs,
            error=error,
        )
        try:
            lineage.append(self._project.var / "lineage", made)
        except OSError as failure:
            raise StoreError(
                f"the lineage event of run {self.id} could not be written: {failure.strerror}"
            ) from failure

    def _close(self, connection: Connection, **values: Any) -> None:
        finished_at = self._project.clock.now()
        statement = update(RUNS).where(RUNS.c.id == self.id)
        connection.execute(statement.values(finished_at=finished_at, **values))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._grant is None:
            raise UsageError(f"run {self.id} is finished already")
        with self._project.ops.begin() as connection:
            self._grant.check(connection)
            yield connection


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON keeps it, so that a resumed run sees what the first one saw.

    What is not a number (NaN, infinity) becomes null: PostgreSQL's JSON has no word for it.
    """
    text = json.dumps(value, default=str)
    plain: dict[str, Any] = json.loads(text, parse_constant=lambda _: None)
    return plain


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()
