"""Progress on the terminal: a bar for long work, on standard error, only for people."""

from __future__ import annotations

import sys
import time


class Bar:
    """Draws the progress of one piece of work after another, at most ten times a second."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet or not sys.stderr.isatty()
        self.remarks: list[str] = []
        self._last = 0.0
        self._width = 0

    def step(self, what: str, done: int = 0, total: int | None = None) -> None:
        """Redraw the line when enough time has passed, or when the work is finished."""
        now = time.monotonic()
        finished = total is not None and done >= total
        if self.quiet or (now - self._last < 0.1 and not finished):
            return
        self._last = now
        self._draw(_line(what, done, total))
        if finished:
            self.clear()

    def remark(self, what: str) -> None:
        """Keep the remark, for the command to print with its result."""
        self.remarks.append(what)

    def clear(self) -> None:
        """Remove the line."""
        if not self.quiet and self._width:
            self._draw("")

    def _draw(self, text: str) -> None:
        sys.stderr.write("\r" + text.ljust(self._width) + ("\r" if not text else ""))
        sys.stderr.flush()
        self._width = len(text)


def _line(what: str, done: int, total: int | None) -> str:
    if total:
        filled = int(20 * min(done, total) / total)
        return f"  {what[:40]:<40} [{'#' * filled}{'.' * (20 - filled)}] {done:,}/{total:,}"
    return f"  {what[:40]:<40} {done:,}" if done else f"  {what[:60]}"
