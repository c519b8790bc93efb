"""The tables of an index file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from perdure.solutions.prescription.text.symspell import edits_allowed, fragments

from .protocol import Term, folded
from .ranking import joined

VERSION: Final = "1"
# Rows are numbered in the order of popularity: the first matches are then the most popular ones,
# and nothing has to be scored. That removes bm25's tail of a third of a second.
TABLES: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kinds (kind TEXT PRIMARY KEY, first INTEGER, last INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS term (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
  folded TEXT NOT NULL, simple TEXT NOT NULL, popularity REAL NOT NULL);
CREATE TABLE IF NOT EXISTS alias (id INTEGER PRIMARY KEY, names TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS term_code ON term (kind, code);
CREATE INDEX IF NOT EXISTS term_name ON term (kind, folded);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
  text, content='', tokenize="porter unicode61 categories 'L* N* Co Mn Mc'", prefix='1 2 3 4');
CREATE TABLE IF NOT EXISTS vocabulary (word TEXT PRIMARY KEY, rows INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fragment (fragment TEXT, word TEXT, PRIMARY KEY (fragment, word))
  WITHOUT ROWID;
"""
_SHORTEST, _LONGEST = 4, 40


def insert_terms(connection: sqlite3.Connection, terms: Iterable[Term], first: int = 1) -> int:
    """Insert terms in their order; the number after the last one is returned."""
    number = first
    for term in terms:
        simple = joined(folded(s) for s in term.simple_names)
        names = (term.name, folded(term.name), simple, term.popularity)
        connection.execute(
            "INSERT INTO term VALUES (?, ?, ?, ?, ?, ?, ?)", (number, term.kind, term.code, *names)
        )
        further = joined([*term.simple_names, *term.aliases])
        connection.execute("INSERT INTO alias VALUES (?, ?)", (number, further))
        connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (number, _text(term)))
        number += 1
    return number


def insert_vocabulary(connection: sqlite3.Connection, counts: dict[str, int]) -> None:
    """Insert words with the number of rows that hold them, and the fragments they leave."""
    connection.executemany(
        "INSERT INTO vocabulary VALUES (?, ?) "
        "ON CONFLICT (word) DO UPDATE SET rows = rows + excluded.rows",
        sorted(counts.items()),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO fragment VALUES (?, ?)",
        sorted((fragment, word) for word in counts for fragment in _fragments(word)),
    )


def words_of(term: Term) -> set[str]:
    """The words of a term that a typing error may hit."""
    return {w for w in _text(term).split() if w.isalpha() and _SHORTEST <= len(w) <= _LONGEST}


def _fragments(word: str) -> set[str]:
    return fragments(word, max(1, edits_allowed(word)))


def _text(term: Term) -> str:
    names = [term.name, *term.simple_names, *term.aliases]
    # "E11.9" is typed with and without its dot.
    codes = [term.code, term.code.replace(".", "")]
    return folded(" ".join(dict.fromkeys([*names, *codes])))
