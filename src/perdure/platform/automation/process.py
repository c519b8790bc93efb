"""Which machine and process this is, and whether another process has died."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path


@cache
def machine() -> str:
    """A name for the set of processes whose numbers mean the same as here.

    Host, boot and process namespace: two containers on one host count processes apart.
    """
    return f"{socket.gethostname()}.{_boot()}.{_namespace()}"


def process() -> str:
    """The present process: its number, and when it began, because numbers are used again."""
    number = os.getpid()
    return f"{number}.{_began(number) or 0}"


def process_is_gone(name: str) -> bool:
    """Whether a process of this machine, as ``process()`` named it, is no more.

    >>> process_is_gone(process())
    False
    """
    number, _, began = name.partition(".")
    if not _is_alive(int(number)):
        return True
    now_began = _began(int(number))
    return began != "0" and now_began is not None and now_began != began


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(number)


def _is_zombie(number: int) -> bool:
    fields = _stat(number)
    return bool(fields) and fields[0] in {"Z", "X"}


def _began(number: int) -> str | None:
    """Clock ticks from boot to the start of a process; None where there is no /proc."""
    fields = _stat(number)
    return fields[19] if fields else None


def _stat(number: int) -> list[str]:
    try:
        text = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return []
    # The command in brackets may hold blanks and brackets itself.
    return text.rpartition(")")[2].split()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return ""
