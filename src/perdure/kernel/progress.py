"""Progress of long work: what the platform reports, without knowing who looks."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the progress of a long piece of work."""

    def step(self, what: str, done: int = 0, total: int | None = None) -> None:
        """``done`` of ``total`` units of ``what`` are finished (``total`` None = not known)."""
        ...

    def remark(self, what: str) -> None:
        """Something that the person should still read when the work is over."""
        ...


class Silent:
    """Reports to nobody: the default everywhere below the interfaces."""

    def step(self, what: str, done: int = 0, total: int | None = None) -> None:
        """Ignore the report."""

    def remark(self, what: str) -> None:
        """Ignore the remark."""


SILENT = Silent()
