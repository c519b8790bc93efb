"""Processes beside this one, forked from a server that has loaded the libraries once for all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver, get_all_start_methods, get_context
from multiprocessing.context import BaseContext

_PIPELINES = "perdure.platform.automation.pipelines"
PRELOAD = (
    *(f"{_PIPELINES}.{name}" for name in ("training", "inference", "features", "decisions")),
    f"{_PIPELINES}.monitoring",
    "perdure.platform.automation.rehearsal",
    "dataframely",
    "sklearn.isotonic",
    "sklearn.linear_model",
    "lightgbm",
)
"""What the server loads. A name that is not there is passed over: it only costs time."""


def prepare_workers() -> None:
    """Begin to load the libraries, in a process of its own; nothing waits for it."""
    if _can_fork():
        _context()
        forkserver.ensure_running()


def worker_pool(count: int) -> ProcessPoolExecutor:
    """A pool of ``count`` processes with the environment that this process has now.

    The server only ever imports, so that no thread is lost in a fork. Where a system cannot fork
    from a server, every process begins anew.
    """
    return ProcessPoolExecutor(
        count, _context(), initializer=_take_environment, initargs=(dict(os.environ),)
    )


def _can_fork() -> bool:
    return "forkserver" in get_all_start_methods()


def _context() -> BaseContext:
    if not _can_fork():
        return get_context("spawn")
    made = get_context("forkserver")
    made.set_forkserver_preload(list(PRELOAD))
    return made


def _take_environment(present: Mapping[str, str]) -> None:
    """The server keeps the environment of its own beginning."""
    os.environ.clear()
    os.environ.update(present)
