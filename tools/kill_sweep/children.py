"""Each phase of a scenario in a process of its own, started from a server that has imported all.

The server imports the heavy libraries once and runs nothing, so that a fork of it is as clean
as a new process and two hundred of them do not take an hour.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import traceback
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

ACKS = "acks.jsonl"
PRELOAD = (
    "tools.kill_sweep.scenarios.catalogue",
    *(f"perdure.platform.automation.pipelines.{name}" for name in ("training", "inference")),
    *(f"perdure.platform.automation.pipelines.{name}" for name in ("features", "decisions")),
    *(f"perdure.solutions.conversion.{name}" for name in ("model", "features", "label")),
    *(f"perdure.solutions.conversion.{name}" for name in ("settings", "tables", "decide")),
    "perdure.solutions.conversion.sample.world",
    "polars",
    "pyarrow.dataset",
    "deltalake",
    "duckdb",
    "sqlalchemy.dialects.sqlite",
    "numpy",
    "lightgbm",
    "sklearn.linear_model",
    "sklearn.isotonic",
    "scipy.stats",
    "scipy.optimize",
    "alembic.command",
)
"""Imported once by the server. A name that is not there is passed over: it only costs time."""


class PhaseFailed(Exception):
    """A phase raised; the message is its traceback."""


def context() -> ForkServerContext:
    """The server that the phases are forked from."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(list(PRELOAD))
    return made


class Phase:
    """A running phase; ``result`` waits for it, ``kill`` ends it and all that it started."""

    def __init__(self, made: ForkServerContext, scenario: str, phase: str, folder: Path) -> None:
        self._results, sender = made.Pipe(duplex=False)
        self.process: ForkServerProcess = made.Process(
            target=_main, args=(scenario, phase, str(folder), sender)
        )
        self.process.start()
        sender.close()
        assert self._results.recv() == "started"

    def result(self, timeout: float) -> Any:
        """What the phase returned; raises PhaseFailed when it raised or hung."""
        try:
            if not self._results.poll(timeout):
                raise PhaseFailed(f"no answer after {timeout:.0f} s")
            kind, value = self._results.recv()
        except EOFError:
            self.process.join()
            raise PhaseFailed(f"ended with code {self.process.exitcode}") from None
        finally:
            self.kill()
        if kind == "error":
            raise PhaseFailed(value)
        return value

    def running(self) -> bool:
        """Whether the phase has not come to its end."""
        return not self._results.poll(0) and self.process.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait for its end, at most so long."""
        self._results.poll(seconds)

    def kill(self) -> None:
        """SIGKILL to the process and to everything that it started."""
        if self.process.pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.join()


def _main(scenario: str, phase: str, folder: str, results: Connection) -> None:
    os.setsid()
    try:
        catalogue = importlib.import_module("tools.kill_sweep.scenarios.catalogue")
        results.send("started")
        results.send(("value", _run(catalogue.SCENARIOS[scenario], phase, Path(folder))))
    except BaseException:  # noqa: BLE001 - whatever it is, the sweep must be told
        results.send(("error", traceback.format_exc(limit=12)))


def _run(scenario: Any, phase: str, folder: Path) -> Any:
    from perdure.platform.storage.project import Project
    from tools.kill_sweep.scenario import Acks

    if phase == "prepare":
        return scenario.prepare(Project.create(folder / "project"))
    project = Project.find(folder / "project")
    if phase == "work":
        return scenario.work(project, Acks(folder / ACKS))
    if phase == "check":
        return scenario.check(project, Acks.read(folder / ACKS))
    return scenario.state(project)
