"""The tokens of a medicine string, and which part of the medicine each belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, NamedTuple, cast

from .medicine import Flag, Quantity, Strength

LIMIT = 512
# No label has as many parts; more are noise that may not cost time.
MOST_TOKENS = 96
_TOKEN = re.compile(
    r"(?P<number>\d{1,9}(?:\.\d{1,6})?|\.\d{1,6})|(?P<word>X(?=\d)|[^\W\d_][^\W_]{0,63})"
    r"|(?P<mark>[^\w\s]|_)"
)
Kind = Literal["number", "word", "mark"]
Part = Literal["pack", "form", "strength", "volume", "modifier", "ratio", "skip"]


class Token(NamedTuple):
    """A word, a number or a mark, with its place in the text."""

    text: str
    kind: Kind
    start: int
    end: int


@dataclass(slots=True)
class Reading:
    """A text half read: its tokens, what each was taken for, and the values found so far."""

    text: str
    tokens: list[Token]
    parts: list[Part | None]
    form: str | None = None
    form_at: int | None = None
    pack: int | None = None
    volume: Quantity | None = None
    strengths: list[Strength] = field(default_factory=list)
    modifiers: list[str] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    first_word: int = 0
    _first_free: int = 0

    @classmethod
    def of(cls, text: str) -> Reading:
        """A reading of ``text`` that nothing was taken from yet."""
        # The sign in "8's" comes in many codes.
        plain = text[:LIMIT].replace("’", "'").replace("`", "'").replace("´", "'").upper()
        found = [
            Token(m[0], cast(Kind, m.lastgroup), m.start(), m.end())
            for m in islice(_TOKEN.finditer(plain), MOST_TOKENS + 1)
        ]
        kept = found[:MOST_TOKENS]
        first = next((i for i, t in enumerate(kept) if t.kind == "word"), len(kept))
        made = cls(plain, kept, [None] * len(kept), first_word=first)
        if len(text) > LIMIT or len(found) > MOST_TOKENS:
            made.flag(Flag.TRUNCATED)
        return made

    def word(self, at: int) -> str:
        """The text of a token that is still free, else an empty text."""
        return self.tokens[at].text if self.free(at) else ""

    def free(self, at: int) -> bool:
        """Whether there is a token at ``at`` that nothing took."""
        return 0 <= at < len(self.tokens) and self.parts[at] is None

    def first_free(self) -> int:
        """The first token that nothing took; tokens are only ever taken, so it only moves on."""
        while self._first_free < len(self.tokens) and self.parts[self._first_free] is not None:
            self._first_free += 1
        return self._first_free

    def number(self, at: int) -> float | None:
        """The number of a free token."""
        if not self.free(at) or self.tokens[at].kind != "number":
            return None
        return float(self.tokens[at].text)

    def touches(self, at: int) -> bool:
        """Whether nothing stands between this token and the next."""
        return at + 1 < len(self.tokens) and self.tokens[at].end == self.tokens[at + 1].start

    def take(self, start: int, end: int, part: Part) -> None:
        """Mark the tokens from ``start`` to before ``end``."""
        self.parts[start:end] = [part] * (end - start)

    def flag(self, flag: Flag) -> None:
        """Note once what was assumed."""
        if flag not in self.flags:
            self.flags.append(flag)
