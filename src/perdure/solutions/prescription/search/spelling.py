"""What a word that finds nothing may have meant: SymSpell over the vocabulary of an index file."""

from __future__ import annotations

import sqlite3

from perdure.solutions.prescription.text.symspell import edits_allowed, fragments, nearest

MOST_READINGS = 8
_MOST_CANDIDATES = 2_000
_MOST_BEGINNINGS = 300
BEYOND = "\U0010ffff"


def readings(connection: sqlite3.Connection, word: str) -> list[str]:
    """The known words that a typed word may stand for, best first.

    A word that known words start with is left alone: its endings are the readings. (The index
    holds stems, so that "hypertensio" is the beginning of a word, but of no stem.)
    """
    if known := _starting(connection, word):
        return known
    allowed = edits_allowed(word)
    return _near(connection, word, allowed) if allowed else []


def is_beginning(connection: sqlite3.Connection, word: str) -> bool:
    """Whether a known word starts like this."""
    found = connection.execute(
        "SELECT 1 FROM vocabulary WHERE word >= ? AND word < ? LIMIT 1", (word, word + BEYOND)
    )
    return found.fetchone() is not None


def _starting(connection: sqlite3.Connection, word: str) -> list[str]:
    found = connection.execute(
        "SELECT word FROM vocabulary WHERE word >= ? AND word < ? ORDER BY rows DESC, word LIMIT ?",
        (word, word + BEYOND, MOST_READINGS),
    )
    return [str(row[0]) for row in found]


def _near(connection: sqlite3.Connection, word: str, allowed: int) -> list[str]:
    left = list(fragments(word, allowed))
    marks = ", ".join("?" * len(left))
    found = connection.execute(
        f"SELECT DISTINCT v.word, v.rows FROM fragment f JOIN vocabulary v ON v.word = f.word "
        f"WHERE f.fragment IN ({marks}) LIMIT {_MOST_CANDIDATES}",
        left,
    ).fetchall()
    whole = nearest(word, [c for c in found if abs(len(c[0]) - len(word)) <= allowed], allowed)
    if whole:
        return whole[:MOST_READINGS]
    # Somebody who is still typing has made the error in the beginning of a longer word.
    usual = sorted(found, key=lambda candidate: -candidate[1])[:_MOST_BEGINNINGS]
    return nearest(word, usual, allowed, prefix=True)[:MOST_READINGS]
