"""A file for another system to pick up: one line a message, none twice."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from perdure.platform.outbox.message import Message, Receipt

COLUMNS = ("decision", "solution", "case", "entity", "action", "channel", "variant", "hour",
           "valid_to", "policy", "model")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class CsvOutbox:
    """Appends to one file; each line is on disk before its receipt is given."""

    path: Path
    name: str = "csv"
    repeatable: bool = True
    _sent: set[str] | None = field(default=None, repr=False)

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Lines of messages that the file does not hold yet."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        held = self._sent = self._held() if self._sent is None else self._sent
        with self.path.open("ab") as file:
            if not file.tell():
                file.write(_line(COLUMNS))
            for message in messages:
                if message.decision not in held:
                    file.write(_line([_plain(_text(message.as_dict()[c])) for c in COLUMNS]))
                    file.flush()
                    os.fsync(file.fileno())
                    held.add(message.decision)
                yield Receipt(message.decision, "sent", self.path.name)

    def _held(self) -> set[str]:
        """The decisions in the file; a line that a kill cut short is ended and does not count."""
        if not self.path.exists():
            return set()
        data = self.path.read_bytes()
        if data and not data.endswith(b"\n"):
            whole = data[: data.rfind(b"\n") + 1]
            with self.path.open("r+b") as file:
                file.truncate(len(whole))
            data = whole
        return {row[0] for row in csv.reader(io.StringIO(data.decode())) if row}


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _plain(text: str) -> str:
    """A cell that a spreadsheet would run as a formula gets a quote before it."""
    single = text.replace("\n", " ")
    return f"'{single}" if single.startswith(_FORMULA) else single
