"""The decision log: rows are only ever added, and any other change of them is seen.

Each row's hash covers the row and the hash before it. The end of the log is signed with a key
that lives outside the database, so a shortened log is seen too; and its last known end is kept in
a file, so that an older copy of the whole database is seen as such.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from perdure.kernel.errors import IntegrityError
from perdure.platform.decisions.chain import GENESIS, link, plain, signature, signed
from perdure.platform.decisions.records import DECISIONS, HEADS
from perdure.platform.storage.ops import Ops

LOG = "decisions"
FIELDS = tuple(column.name for column in DECISIONS.columns if column.name != "hash")
PAGE = 2_000
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Whether the log is what was written: how many rows, and what is wrong with which.

    ``witnessed`` is the row up to which the file outside the database vouches (None: no file).
    """

    rows: int
    problems: tuple[str, ...]
    witnessed: int | None

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


class DecisionLog:
    """The decision log of an operational store; ``folder`` holds its key and its witness."""

    def __init__(self, ops: Ops, folder: Path) -> None:
        self._ops = ops
        self._key_file = folder / "decisions.key"
        self._witness_file = folder / "decisions.head"

    def append(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Add rows (all columns but ``sequence`` and ``hash``) inside the caller's transaction.

        Gives the number of the last row. Raises IntegrityError when the log no longer ends where
        it was left: nothing is added to a log that has been tampered with.
        """
        end, previous = self._end(connection)
        if not rows:
            return end
        made = []
        for number, row in enumerate(rows, end + 1):
            values = [number, *(row[name] for name in FIELDS[1:])]
            previous = link(previous, plain(values))
            made.append(dict(zip(FIELDS, values, strict=True)) | {"hash": previous})
        connection.execute(DECISIONS.insert(), made)
        self._move_head(connection, end + len(rows), previous)
        return end + len(rows)

    def verify(self) -> ChainReport:
        """Read the whole log again and compare it with its hashes, its head and its witness."""
        witness = self._witness()
        mark = witness["sequence"] if witness else None
        with self._ops.connect() as connection:
            problems, ends = _walk(connection, mark)
            rows, last = ends[None]
            problems += self._head_problems(connection, rows, last)
        if witness:
            problems += self._witness_problems(witness, ends)
        return ChainReport(rows, tuple(problems[:MOST_PROBLEMS]), mark)

    def keep_witness(self) -> None:
        """Note the present end of the log in the file beside the database."""
        with self._ops.connect() as connection:
            head = connection.execute(select(HEADS).where(HEADS.c.log == LOG)).mappings().first()
        if head:
            text = json.dumps({k: head[k] for k in ("sequence", "hash", "signature")})
            _write_whole(self._witness_file, text)

    @cached_property
    def _key(self) -> bytes:
        return _kept_key(self._key_file)

    def _end(self, connection: Connection) -> tuple[int, str]:
        """Number and hash of the last row, as the signed head states them."""
        head = connection.execute(select(HEADS).where(HEADS.c.log == LOG)).first()
        last = connection.execute(select(func.max(DECISIONS.c.sequence))).scalar() or 0
        ends = (int(head.sequence), str(head.hash)) if head else (0, GENESIS)
        whole = head is None or signed(self._key, LOG, *ends, head.signature)
        if last != ends[0] or not whole:
            raise IntegrityError(
                "the decision log does not end where it was left",
                where=f"row {last}",
                expected=f"row {ends[0]}, signed with the key in {self._key_file.name}",
                hint="compare with a backup; perdure doctor says what was changed",
            )
        return ends

    def _move_head(self, connection: Connection, sequence: int, last: str) -> None:
        row = {
            "log": LOG,
            "sequence": sequence,
            "hash": last,
            "signature": signature(self._key, LOG, sequence, last),
        }
        connection.execute(
            self._ops.upsert(HEADS, ("log",), ("sequence", "hash", "signature")), row
        )

    def _head_problems(self, connection: Connection, rows: int, last: str) -> list[str]:
        head = connection.execute(select(HEADS).where(HEADS.c.log == LOG)).first()
        if head is None:
            return ["the log has rows but no head"] if rows else []
        problems = []
        if not signed(self._key, LOG, head.sequence, head.hash, head.signature):
            problems.append("the head is not signed with this project's key")
        if (head.sequence, head.hash) != (rows, last):
            problems.append(f"the log ends at row {rows}, its head says row {head.sequence}")
        return problems

    def _witness(self) -> dict[str, Any] | None:
        try:
            found = json.loads(self._witness_file.read_text(encoding="utf-8"))
            return {
                "sequence": int(found["sequence"]),
                "hash": str(found["hash"]),
                "signature": str(found["signature"]),
            }
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return {"sequence": -1, "hash": "", "signature": ""}

    def _witness_problems(
        self, witness: dict[str, Any], ends: Mapping[int | None, tuple[int, str]]
    ) -> list[str]:
        sequence, known = witness["sequence"], witness["hash"]
        if not signed(self._key, LOG, sequence, known, witness["signature"]):
            return [f"{self._witness_file.name} is not signed with this project's key"]
        if ends.get(sequence, (0, ""))[1] != known:
            return [f"the log no longer holds the row {sequence} that was its end once"]
        return []


def _walk(
    connection: Connection, mark: int | None
) -> tuple[list[str], dict[int | None, tuple[int, str]]]:
    """What is wrong in the rows; and (number, hash) of the row ``mark`` and of the last row."""
    problems: list[str] = []
    previous, sequence = GENESIS, 0
    ends: dict[int | None, tuple[int, str]] = {}
    for row in _rows(connection):
        if row[1] != sequence + 1:
            problems.append(f"row {sequence + 1} is missing")
        if link(previous, row[1:]) != row[0]:
            problems.append(f"row {row[1]} is not what was written, or not where it was")
        sequence, previous = row[1], row[0]
        if sequence == mark:
            ends[mark] = (sequence, previous)
        if len(problems) >= MOST_PROBLEMS:
            break
    ends[None] = (sequence, previous)
    return problems, ends


def _rows(connection: Connection) -> Iterator[tuple[Any, ...]]:
    """Every row of the log in order, page by page, as the driver gives it (types cost time)."""
    native = connection.dialect.name == "sqlite"
    query = select(*(DECISIONS.c[name] for name in ("hash", *FIELDS)))
    last = -(2**62)
    while True:
        page = query.where(DECISIONS.c.sequence > last).order_by(DECISIONS.c.sequence).limit(PAGE)
        text = page.compile(connection, compile_kwargs={"literal_binds": True})
        # The driver's own cursor: wrapping a million rows would cost two seconds.
        cursor = connection.exec_driver_sql(str(text)).cursor
        rows = cursor.fetchall() if cursor else []
        if not rows:
            return
        # SQLite keeps moments as the text that is hashed; another store gives datetimes.
        yield from rows if native else map(plain, rows)
        last = rows[-1][1]


def _kept_key(path: Path) -> bytes:
    """The key of the log, made when there is none; of two makers at once the first one counts."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        _write_whole(draft, secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return bytes.fromhex(path.read_text(encoding="utf-8").strip())


def _write_whole(path: Path, text: str) -> None:
    """Write a small private file so that a reader sees the old text or the new, never a part."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
