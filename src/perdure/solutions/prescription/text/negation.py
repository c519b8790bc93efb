"""Which words of a complaint are denied: "no fever" is not "fever".

The rules are those of NegEx (Chapman 2001) in small: a denial reaches forward to the end of its
part of the sentence. A comma ends it, unless an "or" later in the same part shows a list.
"""

from __future__ import annotations

from typing import NamedTuple

from .words import Token

_DENIAL_WORDS = (
    "no not without non never nor neither nil denies denied deny negative cannot cant couldnt "
    "didnt doesnt dont hasnt havent isnt wasnt wont"
)
DENIALS = frozenset(_DENIAL_WORDS.split())
_BACKWARD = frozenset({"absent", "nil", "denied", "negative"})
_ENDS = frozenset({".", ";", "\n", "+", "&", "but", "however", "although", "except", "though"})
_LISTS = frozenset({"or", "nor"})


class Word(NamedTuple):
    """A word of a complaint; ``denied`` when somebody says that it is not there.

    ``part`` numbers the parts of the sentence: phrases never reach over their borders.
    """

    text: str
    part: int = 0
    denied: bool = False
    denial: bool = False


def scoped(tokens: list[Token]) -> list[Word]:
    """The words of the tokens, each with whether it is denied.

    >>> from .words import tokens
    >>> [w.text for w in scoped(tokens("cough, no fever or chills; vomiting")) if w.denied]
    ['fever', 'or', 'chills']
    """
    found: list[Word] = []
    for number, segment in enumerate(_cut(tokens, _ENDS)):
        for minor, clause in enumerate(_clauses(segment)):
            found.extend(_clause(clause, number * 1_000 + minor))
    return found


def _clauses(segment: list[Token]) -> list[list[Token]]:
    clauses = _cut(segment, {","})
    first = next((i for i, c in enumerate(clauses) if any(t.text in DENIALS for t in c)), None)
    lists = [i for i, c in enumerate(clauses) if any(t.text in _LISTS for t in c)]
    if first is None or not lists or lists[-1] <= first:
        return clauses
    # "cough, no fever, chills or rash" denies all three, and nothing before.
    joined = [token for clause in clauses[first : lists[-1] + 1] for token in clause]
    return [*clauses[:first], joined, *clauses[lists[-1] + 1 :]]


def _cut(tokens: list[Token], marks: frozenset[str] | set[str]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.text in marks:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _clause(clause: list[Token], part: int) -> list[Word]:
    words = [t.text for t in clause if t.kind != "mark"]
    if len(words) > 1 and words[-1] in _BACKWARD:
        return [Word(w, part, denied=True) for w in words[:-1]]
    found, on, once = [], False, False
    for word in words:
        if word in DENIALS:
            on, once = True, word == "non"
            found.append(Word(word, part, denial=True))
            continue
        found.append(Word(word, part, denied=on))
        on = on and not once
    return found
