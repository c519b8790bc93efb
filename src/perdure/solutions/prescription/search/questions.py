"""What is asked of the index for the words that were typed."""

from __future__ import annotations

import sqlite3

from .spelling import is_beginning, readings

LONGEST_WORD = 40
# Long names are made of words that half of all names hold: the rarest ones find them as well.
MOST_ASKED = 5
FILLERS = frozenset({"of", "the", "in", "and", "or", "to", "by", "a", "an", "for", "on"})
Connections = list[sqlite3.Connection]


def typed_question(connections: Connections, words: list[str]) -> str:
    """All words, the last one as far as it was typed."""
    kept = _asked(connections, words)
    return " ".join(_part(word, last=word == words[-1]) for word in kept)


def without_last_letter(connections: Connections, words: list[str]) -> str:
    """The words without a last one that has only one letter so far; empty when it has more."""
    if len(words) < 2 or len(words[-1]) > 1:
        return ""
    return typed_question(connections, words[:-1])


def respelled(connections: Connections, words: list[str]) -> tuple[list[str], str]:
    """The best reading of each word, and a question for all readings.

    A word without any reading is left out.
    """
    best: list[str] = []
    known: dict[str, list[str]] = {}
    for word in words:
        found = [] if len(word) > LONGEST_WORD else _readings(connections, word)
        # What was typed stays the beginning of its own endings.
        first = word if not found or found[0].startswith(word) else found[0]
        if found:
            best.append(first)
            known[first] = found
    asked = _asked(connections, best)
    return best, " AND ".join(_choice(word, known[word], word == best[-1]) for word in asked)


def all_beginnings(connections: Connections, words: list[str]) -> bool:
    """Whether every word starts like a known one.

    A stem may find something by accident: "migrane" and "migrans" have the same.
    """
    long = [word for word in words if _is_long(word)]
    return all(any(is_beginning(c, word) for c in connections) for word in long)


def _readings(connections: Connections, word: str) -> list[str]:
    # Short words are not in the vocabulary, and have too many neighbours.
    if word in FILLERS or not _is_long(word):
        return [word]
    return list(dict.fromkeys(r for c in connections for r in readings(c, word)))


def _asked(connections: Connections, words: list[str]) -> list[str]:
    content = [w for w in dict.fromkeys(words) if w not in FILLERS] or words[-1:]
    if len(content) <= MOST_ASKED:
        return content
    rows = dict.fromkeys(content, 0)
    marks = ", ".join("?" * len(content))
    for connection in connections:
        sql = f"SELECT word, rows FROM vocabulary WHERE word IN ({marks})"
        for word, count in connection.execute(sql, content):
            rows[word] += count
    return sorted(content, key=lambda word: rows[word])[:MOST_ASKED]


def _part(word: str, *, last: bool) -> str:
    whole = f'"{word[:LONGEST_WORD]}"'
    # One letter begins half of all words: it is asked as a word ("hepatitis b").
    return whole + "*" if last and (len(word) > 1 or word.isdecimal()) else whole


def _choice(word: str, known: list[str], last: bool) -> str:
    if word in known and not last:
        return f'"{word}"'
    choices = [f'"{reading}"' for reading in known]
    return "(" + " OR ".join([*choices, *([f'"{word}"*'] if last and len(word) > 1 else [])]) + ")"


def _is_long(word: str) -> bool:
    return len(word) >= 4 and word.isalpha()
