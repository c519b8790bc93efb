"""Answers that take longer than a page may: worked out beside it, and kept once they are known."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

Answer = TypeVar("Answer")
PATIENCE = 1.5
"""Seconds that a page waits before it says that the answer is being worked out."""
_KEPT = 32

_held: OrderedDict[Hashable, Future[Any]] = OrderedDict()
_door = threading.Lock()
_one_at_a_time = threading.Lock()


def later(key: Hashable, make: Callable[[], Answer], patience: float = PATIENCE) -> Answer | None:
    """What ``make`` gives, worked out once for a key; None while it is still being worked out.

    An error of ``make`` is raised here and not kept: the next call tries again.

    >>> later("doctest", lambda: 42, patience=10)
    42
    """
    with _door:
        future = _held.get(key)
        if future is None:
            future = _held[key] = _started(make)
        _held.move_to_end(key)
        while len(_held) > _KEPT:
            _held.popitem(last=False)
    wait([future], patience)
    if not future.done():
        return None
    if future.exception() is not None:
        with _door:
            _held.pop(key, None)
    found: Answer = future.result()
    return found


def _started(make: Callable[[], Answer]) -> Future[Answer]:
    future: Future[Answer] = Future()

    def work() -> None:
        with _one_at_a_time:
            try:
                future.set_result(make())
            except BaseException as error:  # noqa: BLE001  told where the answer is asked for
                future.set_exception(error)

    threading.Thread(target=work, name="donor-pages", daemon=True).start()
    return future
