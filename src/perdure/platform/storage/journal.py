"""The journal of a solution: what it answered and what it was told, kept before it is promised.

For solutions that serve online. Append-only; many threads share one durable commit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, func, select

from perdure.kernel.errors import UsageError
from perdure.platform.storage.closing import Closing
from perdure.platform.storage.records import JOURNAL
from perdure.platform.storage.writer import GroupCommitWriter

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

MOST_BODY = 256 * 1024
"""Characters of the largest body, as JSON."""
PAGE = 500
_LENGTHS = {"key": 200, "kind": 32, "subject": 128, "actor": 128}


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be kept: its kind, whom it is about, the values, and the key of a repeat."""

    kind: str
    subject: str
    body: Mapping[str, Any]
    key: str
    actor: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept. ``repeated``: it had been, under the same key, when it was told again."""

    sequence: int
    key: str
    kind: str
    subject: str
    actor: str
    at: datetime
    body: Mapping[str, Any]
    repeated: bool = False


class Journal(Closing):
    """The journal of one case; its thread starts with the first write, ``close`` stops it.

    With a ``writer`` several journals share its thread, and closing leaves it open.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from perdure.platform.storage.project import Project
    >>> project = Project.create(Path(tempfile.mkdtemp()) / "shop")
    >>> with Journal(project, "toy", "default") as journal:
    ...     kept = journal.append("bought", "ann", {"item": "tea"}, key="1", actor="till").result()
    ...     again = journal.append("bought", "ann", {}, key="1", actor="till").result()
    >>> again.body, again.repeated, again.sequence == kept.sequence
    ({'item': 'tea'}, True, True)
    """

    def __init__(
        self,
        project: Project,
        solution: str,
        case: str,
        *,
        writer: GroupCommitWriter | None = None,
    ) -> None:
        self._project, self._of = project, {"solution": solution, "case": case}
        self._shared = writer is not None
        self._writer = writer or GroupCommitWriter(project.ops)
        self._insert = project.ops.insert_new(JOURNAL, *self._of, "key").returning(
            JOURNAL.c.sequence
        )

    def append(
        self,
        kind: str,
        subject: str,
        body: Mapping[str, Any],
        *,
        key: str,
        actor: str,
        at: datetime | None = None,
    ) -> Future[Entry]:
        """Keep one entry; when the future is done, it is on disk, and is what is stored.

        The same key again changes nothing and gives the first entry, whatever the body. Raises
        UsageError here for values that cannot be kept, and in the future for a key that belongs
        to another kind or subject; StoreError in the future when the store is busy or full.
        """
        row = self._row(Note(kind, subject, body, key, actor, at))
        return self._writer.call(lambda connection: self._keep(connection, row))

    def append_many(self, notes: Sequence[Note]) -> Future[list[Entry]]:
        """Keep all of them or none, in this order; see :meth:`append`."""
        rows = [self._row(note) for note in notes]
        return self._writer.call(
            lambda connection: [self._keep(connection, row) for row in rows],
        )

    def read(
        self,
        kind: str | None = None,
        subject: str | None = None,
        since_sequence: int = 0,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """Entries after ``since_sequence``, first to last, at most ``limit``.

        Read page by page: a page is all that is in memory, and what is appended meanwhile is
        read too.
        """
        left = limit
        while left is None or left > 0:
            query = self._wanted(kind, subject).where(JOURNAL.c.sequence > since_sequence)
            size = PAGE if left is None else min(PAGE, left)
            page = self._entries(query.order_by(JOURNAL.c.sequence).limit(size))
            yield from page
            if len(page) < size:
                return
            since_sequence = page[-1].sequence
            left = None if left is None else left - len(page)

    def newest(
        self, kind: str | None = None, subject: str | None = None, most: int = 100
    ) -> list[Entry]:
        """The last entries, newest first."""
        query = self._wanted(kind, subject).order_by(JOURNAL.c.sequence.desc())
        return self._entries(query.limit(most))

    def kept(self, key: str) -> Entry | None:
        """The entry under that key, None when there is none."""
        found = self._entries(self._wanted(None, None).where(JOURNAL.c.key == key))
        return found[0] if found else None

    def close(self) -> None:
        """Commit what waits and stop the thread. Repeatable."""
        if not self._shared:
            self._writer.close()

    def _row(self, note: Note) -> dict[str, Any]:
        return {**self._of, **_checked(note), "at": _moment(note.at, self._project.clock.now())}

    def _keep(self, connection: Connection, row: Mapping[str, Any]) -> Entry:
        sequence = connection.execute(self._insert, row).scalar()
        if sequence is not None:
            return _entry({**row, "sequence": sequence})
        query = self._wanted(None, None).where(JOURNAL.c.key == row["key"])
        entry = _entry(dict(connection.execute(query).mappings().one()), repeated=True)
        if (entry.kind, entry.subject) != (row["kind"], row["subject"]):
            raise UsageError(
                "this key was used for another entry",
                where=f"key {row['key'][:80]!r}",
                hint="give each entry a key of its own",
            )
        return entry

    def _wanted(self, kind: str | None, subject: str | None) -> Select[Any]:
        asked = {**self._of, "kind": kind, "subject": subject}
        return select(JOURNAL).where(
            *(JOURNAL.c[name] == value for name, value in asked.items() if value is not None)
        )

    def _entries(self, query: Select[Any]) -> list[Entry]:
        with self._project.ops.connect() as connection:
            return [_entry(dict(row)) for row in connection.execute(query).mappings()]


def newest_sequence(project: Project, solution: str) -> int:
    """The number of the newest entry of a solution, of any case; 0 when there is none."""
    query = select(func.max(JOURNAL.c.sequence)).where(JOURNAL.c.solution == solution)
    with project.ops.connect() as connection:
        return connection.execute(query).scalar() or 0


def newest_moment(project: Project, solution: str, case: str) -> datetime | None:
    """When the newest entry of a case was made; None when there is none."""
    mine = (JOURNAL.c.solution == solution, JOURNAL.c.case == case)
    with project.ops.connect() as connection:
        return connection.execute(select(func.max(JOURNAL.c.at)).where(*mine)).scalar()


def _entry(row: Mapping[str, Any], *, repeated: bool = False) -> Entry:
    names = ("sequence", "key", "kind", "subject", "actor", "at")
    return Entry(
        **{name: row[name] for name in names}, body=json.loads(row["body"]), repeated=repeated
    )


def _checked(note: Note) -> dict[str, str]:
    row = {name: str(getattr(note, name)).strip() for name in _LENGTHS}
    for name, most in _LENGTHS.items():
        if not 0 < len(row[name]) <= most or not _is_text(row[name]):
            raise UsageError(
                f"the {name} of an entry is missing, too long or not text",
                expected=f"1 to {most} characters",
            )
    return {**row, "body": _json(note.body)}


def _is_text(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _json(body: Mapping[str, Any]) -> str:
    try:
        text = json.dumps(dict(body), allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the body of an entry is not JSON: {str(error)[:200]}") from error
    if len(text) > MOST_BODY:
        raise UsageError(
            "the body of an entry is too large", expected=f"at most {MOST_BODY:,} characters"
        )
    return text


def _moment(at: datetime | None, now: datetime) -> datetime:
    if at is not None and at.tzinfo is not None:
        raise UsageError("the moment of an entry has a time zone", expected="naive UTC")
    return at or now
