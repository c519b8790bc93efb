"""Search as you type in one SQLite file: no server, half a millisecond."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from perdure.kernel.errors import ContractError, IntegrityError, StoreError, UnreadableFile

from .protocol import MOST_HITS, Hit, Term, check_kind, folded
from .questions import all_beginnings, respelled, typed_question, without_last_letter
from .ranking import Row, hit, named_in, ranked
from .schema import TABLES, VERSION, insert_terms, insert_vocabulary, words_of
from .spelling import BEYOND

TAKEN = 200
FEW = 3
_MOST_WORDS, _LONGEST_TEXT = 32, 256
_COLUMNS = "t.code, t.name, t.folded, t.simple, t.popularity, t.id"


class FtsIndex:
    """An index file, with a second small file for what the organisation adds.

    ``additions`` is written to and survives a new build of ``path``; it is searched together with
    it, so that an addition is found at once, by every process. Safe between threads.
    """

    def __init__(self, path: Path, additions: Path | None = None) -> None:
        self.path, self.additions = path, additions
        self._own = threading.local()
        self._connection()
        if additions is not None:
            with closing(_connect(additions)) as connection:
                connection.executescript("PRAGMA journal_mode = WAL;" + TABLES)

    @property
    def digest(self) -> str:
        """The digest of the terms that the file was built from."""
        found = self._connection().execute("SELECT value FROM about WHERE name = 'digest'")
        return str(found.fetchone()[0])

    def search(self, text: str, kind: str, limit: int = 10) -> list[Hit]:
        """The best terms for what was typed so far; an empty list when there is none."""
        check_kind(kind)
        words = folded(text[:_LONGEST_TEXT]).split()[:_MOST_WORDS]
        if not words or limit < 1:
            return []
        connections = self._connections()
        rows = _everywhere(connections, _first_question(connections, words), kind)
        if not rows:
            rows += _everywhere(connections, without_last_letter(connections, words), kind)
        if len(rows) < FEW or not all_beginnings(connections, words):
            words, question = respelled(connections, words)
            rows += _everywhere(connections, question, kind)
        rows += _named(connections, " ".join(words), kind)
        best = ranked(rows, " ".join(words), min(limit, MOST_HITS))
        return [_hit(connections, row, words) for row in best]

    def add(self, term: Term, alias_of: str | None = None) -> None:
        """Make a term findable at once; with ``alias_of`` it leads to the term of that code."""
        if self.additions is None:
            raise StoreError("this index takes no additions", hint="open it with an additions file")
        own = term if alias_of is None else self._alias(term, alias_of)
        with closing(_connect(self.additions)) as connection, connection:
            # The lock is taken before the number is read: two additions never share one.
            connection.execute("BEGIN IMMEDIATE")
            last = connection.execute("SELECT coalesce(max(id), 0) FROM term").fetchone()[0]
            insert_terms(connection, [own], last + 1)
            insert_vocabulary(connection, dict.fromkeys(words_of(own), 1))

    def _alias(self, term: Term, code: str) -> Term:
        for connection in self._connections():
            found = connection.execute(
                "SELECT name, popularity FROM term WHERE kind = ? AND code = ?", (term.kind, code)
            ).fetchone()
            if found is not None:
                names = (term.name, *term.simple_names)
                return Term(code, found[0], term.kind, names, term.aliases, found[1])
        raise ContractError(
            f"no {term.kind} has the code {code[:40]}", where=f"alias '{term.name}'"
        )

    def _connections(self) -> list[sqlite3.Connection]:
        if self.additions is None:
            return [self._connection()]
        if getattr(self._own, "additions", None) is None:
            self._own.additions = _connect(self.additions)
        return [self._own.additions, self._connection()]

    def _connection(self) -> sqlite3.Connection:
        try:
            now = self.path.stat()
        except OSError:
            raise UnreadableFile("there is no index", where=self.path.name) from None
        identity = (now.st_ino, now.st_mtime_ns)
        # A file that was built anew is opened anew.
        if getattr(self._own, "identity", None) != identity:
            self._own.base, self._own.identity = _opened(self.path), identity
        base: sqlite3.Connection = self._own.base
        return base


def verify_index(path: Path) -> str:
    """The digest of an index file after a full check of its pages and rows."""
    with closing(_opened(path)) as connection:
        state = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if state != "ok":
            raise IntegrityError(f"the index is damaged: {state}", where=path.name)
        stored = dict(connection.execute("SELECT name, value FROM about"))
        rows = connection.execute("SELECT count(*) FROM term").fetchone()[0]
        if str(rows) != stored.get("terms"):
            raise IntegrityError(f"{rows} terms", where=path.name, expected=stored.get("terms"))
        return str(stored["digest"])


def _opened(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        found = connection.execute("SELECT value FROM about WHERE name = 'version'").fetchone()
    except sqlite3.Error as problem:
        raise UnreadableFile(f"no index: {problem}", where=path.name) from None
    if found is None or found[0] != VERSION:
        connection.close()
        raise UnreadableFile("an index of another version", where=path.name, hint="build it again")
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, timeout=10, isolation_level=None)
    except sqlite3.Error as problem:
        raise StoreError(f"the additions cannot be opened: {problem}", where=path.name) from None


def _first_question(connections: list[sqlite3.Connection], words: list[str]) -> str:
    # One letter alone is all that is known: every word may begin with it.
    return f'"{words[0]}"*' if words[0] == words[-1] else typed_question(connections, words)


def _everywhere(
    connections: list[sqlite3.Connection], question: str, kind: str
) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for place, connection in enumerate(connections if question else ()):
        found += _matching(connection, place, question, kind)
    return found


def _matching(
    connection: sqlite3.Connection, place: int, question: str, kind: str
) -> list[tuple[Any, ...]]:
    limits = connection.execute("SELECT first, last FROM kinds WHERE kind = ?", (kind,)).fetchone()
    bounds = "AND w.rowid BETWEEN ? AND ?" if limits else "AND t.kind = ?"
    return connection.execute(
        f"SELECT {_COLUMNS}, ? FROM words w JOIN term t ON t.id = w.rowid "
        f"WHERE words MATCH ? {bounds} ORDER BY w.rowid LIMIT {TAKEN}",
        (place, question, *(limits or (kind,))),
    ).fetchall()


def _named(connections: list[sqlite3.Connection], asked: str, kind: str) -> list[tuple[Any, ...]]:
    # The range of an index: names that start like this, although they are not among the popular.
    sql = (
        f"SELECT {_COLUMNS}, ? FROM term t "
        "WHERE t.kind = ? AND t.folded >= ? AND t.folded < ? LIMIT 10"
    )
    found: list[tuple[Any, ...]] = []
    for place, connection in enumerate(connections if asked else ()):
        found += connection.execute(sql, (place, kind, asked, asked + BEYOND))
    return found


def _hit(connections: list[sqlite3.Connection], row: Row, words: list[str]) -> Hit:
    if named_in(row, words):
        return hit(row, words, ())
    found = connections[row.place].execute("SELECT names FROM alias WHERE id = ?", (row.id,))
    return hit(row, words, str(found.fetchone()[0]).split("\n"))
