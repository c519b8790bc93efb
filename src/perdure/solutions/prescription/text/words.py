"""Typed text cut into words, numbers and marks: in linear time, whatever the text holds."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from Stemmer import Stemmer

from perdure.kernel.errors import ContractError

LIMIT = 2_048
LONGEST_WORD = 64
# Vowel signs of Indian scripts and accents are no letters to `re`, but they are part of words.
_MARKS = "\u0300-\u036f\u0900-\u0963\u0970-\u0dff"
_TOKEN = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?)|(?P<word>[^\W\d_][\w{_MARKS}]*(?:'[^\W\d_]+)?)|(?P<mark>[^\w\s])"
)
_SHORTHAND = {
    "c/o": " ",
    "k/c/o": " known ",
    "h/o": " history ",
    "w/o": " without ",
    "n/v": " nausea vomiting ",
    "b/l": " bilateral ",
    "s/p": " after ",
    "r/o": " suspected ",
}
_SHORT = re.compile(r"(?<![\w/])(?:k/c/o|[chwrsnb]/[olpv])(?![\w/])")
Kind = Literal["number", "word", "mark"]


class Token(NamedTuple):
    """A word, a number or a mark."""

    text: str
    kind: Kind


def clean(text: str, limit: int = LIMIT) -> tuple[str, bool]:
    """The text in one Unicode form and small letters, cut at ``limit``; and whether it was cut.

    A text that is no text ends in an error.

    >>> clean("Ménière’s")
    ("meniere's", False)
    """
    if not isinstance(text, str):
        raise ContractError(f"a {type(text).__name__} is no text", expected="a string")
    start = text[:limit]
    if len(text) > limit:
        # Half a word is another word.
        start = start[: start.rfind(" ", limit - LONGEST_WORD) + 1] or start
    if start.isascii():
        return start.lower(), len(text) > limit
    plain = unicodedata.normalize("NFKD", start).casefold().replace("’", "'")
    plain = "".join(c for c in plain if not "\u0300" <= c <= "\u036f")
    # Some single characters unfold into 18: that must not buy more room, or more time.
    return plain[: len(start)], len(text) > limit


def tokens(plain: str) -> list[Token]:
    """The words, numbers and marks of a cleaned text, in order; usual shorthand is written out.

    >>> [t.text for t in tokens("c/o b12 low, 3days")]
    ['b12', 'low', ',', '3', 'days']
    """
    full = _SHORT.sub(lambda found: _SHORTHAND.get(found[0], found[0]), plain)
    return [_token(found) for found in _TOKEN.finditer(full)]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The stem of a word in English; other scripts stay as they are.

    >>> stem("paining"), stem("vomiting"), stem("खांसी")
    ('pain', 'vomit', 'खांसी')
    """
    return str(_stemmer().stemWord(word)) if word.isascii() else word


def _token(found: re.Match[str]) -> Token:
    kind = cast(Kind, found.lastgroup)
    return Token(found[0].replace("'", "")[:LONGEST_WORD] if kind == "word" else found[0], kind)


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer:
    # Its own cache is not needed beside the one of `stem`, and is not safe between threads.
    return Stemmer("english", 0)
