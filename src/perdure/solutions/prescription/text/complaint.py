"""One form for every way to type a complaint: "Right lung is paining" is "lung pain right"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .amounts import Amounts, Count, Duration, take_amounts
from .negation import DENIALS, Word, scoped
from .symspell import SymSpell, edits_allowed
from .synonyms import LONGEST_PHRASE, Synonyms, bundled_synonyms
from .words import clean, stem, tokens

DENIED = "not_"
# More mistyped words than this in one complaint are another language, and would cost time.
MOST_CORRECTIONS = 6
_STOP_WORDS = (
    "a an the of in on at to from for by with and or is are was were be been being am has have "
    "had having since this that these those it its his her my their he she they i we you me him "
    "them there here as do does did done so very also some any then than which who what when "
    "where patient pt complain complains complaint complaints complaining feel feels feeling "
    "felt getting get gets got present presents presented presenting suffer suffers suffering "
    "per case day days during due about around into onto over"
)
STOP = frozenset(_STOP_WORDS.split())
# Right as they are, whatever the vocabulary holds: they change what a complaint means.
_PLAIN_WORDS = (
    "left right upper lower inner outer front back side middle sharp dull burning mild severe "
    "acute chronic sudden night morning evening after before while light heavy white black green "
    "yellow blood urine stool chest throat stomach mouth finger hands elbow ankle wrist thigh "
    "check child mother father known history suspected eating walking running standing sitting "
    "sleeping breathing increased decreased intermittent continuous bilateral recent often always"
)
PLAIN = frozenset(_PLAIN_WORDS.split())


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint in its one form, with what was taken out of the words.

    ``key`` is the sorted stems (denied ones as ``not_…``): equal keys are the same complaint.
    """

    text: str
    key: str
    words: tuple[str, ...]
    denied: tuple[str, ...] = ()
    durations: tuple[Duration, ...] = ()
    counts: tuple[Count, ...] = ()
    numbers: tuple[float, ...] = ()
    age_years: float | None = None
    corrected: tuple[tuple[str, str], ...] = ()
    truncated: bool = False

    @property
    def duration_days(self) -> float | None:
        """The longest duration told, in days."""
        return max((d.days for d in self.durations), default=None)


class ComplaintText:
    """Brings complaints to one form: stems, synonyms, compounds, denials, typing errors.

    A ``vocabulary`` (word to frequency) turns the help with typing errors on.

    >>> one = ComplaintText(vocabulary={"vomiting": 9})
    >>> one.read("Right lung is paining").key, one.read("pain in right lung").key
    ('lung pain right', 'lung pain right')
    >>> one.read("loose motion since 2 days").duration_days, one.read("vomitting").key
    (2.0, 'vomit')
    >>> one.read("no fever").key, one.read("head ache").key == one.read("headache").key
    ('not_fever', True)
    """

    __slots__ = ("_known", "_spelling", "synonyms")

    def __init__(
        self, vocabulary: Mapping[str, int] | None = None, synonyms: Synonyms | None = None
    ) -> None:
        self.synonyms = bundled_synonyms() if synonyms is None else synonyms
        self._known = self.synonyms.known_words() | STOP | DENIALS | PLAIN
        words = {w.casefold(): n for w, n in (vocabulary or {}).items()}
        # Words of the table are spelled right, and are what a mistyped one may have meant.
        self._spelling = SymSpell({**dict.fromkeys(self._known, 1), **words}) if words else None

    def read(self, text: str) -> Complaint:
        """The complaint that ``text`` tells; an empty key when it tells none."""
        plain, truncated = clean(text)
        amounts = take_amounts(tokens(plain))
        content = [w for w in scoped(amounts.rest) if w.text not in STOP]
        corrected: dict[str, str] = {}
        spelled = self._compounds(self._spelled(content, corrected))
        found = self._meanings([w._replace(text=stem(w.text)) for w in spelled])
        kept = plain if truncated else text
        return _complaint(kept, found, amounts, tuple(corrected.items()), truncated)

    def key(self, text: str) -> str:
        """The one form of a complaint, as the models count it."""
        return self.read(text).key

    def _spelled(self, words: list[Word], corrected: dict[str, str]) -> list[Word]:
        if self._spelling is None:
            return words
        found: list[Word] = []
        for word in words:
            found.extend(word._replace(text=t) for t in self._spell(word.text, corrected))
        return found

    def _spell(self, word: str, corrected: dict[str, str]) -> list[str]:
        spelling = self._spelling
        if spelling is None or word in spelling or not edits_allowed(word) or not word.isalpha():
            return [word]
        if word not in corrected:
            if len(corrected) >= MOST_CORRECTIONS:
                return [word]
            if (right := _right(word, spelling)) is None:
                return [word]
            corrected[word] = right
        return corrected[word].split()

    def _compounds(self, words: list[Word]) -> list[Word]:
        found: list[Word] = []
        for word in words:
            if found and found[-1].part == word.part and self._joins(found[-1], word):
                found[-1] = found[-1]._replace(text=found[-1].text + word.text)
            else:
                found.append(word)
        return found

    def _joins(self, first: Word, second: Word) -> bool:
        joined = first.text + second.text
        if len(joined) < 7 or first.denial or second.denial or len(joined) > 30:
            return False
        return joined in self._known or bool(self._spelling and joined in self._spelling)

    def _meanings(self, words: list[Word]) -> list[Word]:
        found: list[Word] = []
        at = 0
        while at < len(words):
            size, meaning = self._longest(words, at)
            if meaning is None:
                found.extend([] if words[at].denial else [words[at]])
            else:
                last = words[at + size - 1]
                # "no sleep" is insomnia, which is not denied.
                denied = last.denied and not words[at].denial
                found.extend(last._replace(text=m, denied=denied) for m in meaning)
            at += size
        return found

    def _longest(self, words: list[Word], at: int) -> tuple[int, tuple[str, ...] | None]:
        end, part = at, words[at].part
        while end < min(at + LONGEST_PHRASE, len(words)) and self._continues(words, at, end, part):
            end += 1
        for size in range(end - at, 0, -1):
            meaning = self.synonyms.meaning([w.text for w in words[at : at + size]])
            if meaning is not None:
                return size, meaning
        return 1, None

    def _continues(self, words: list[Word], at: int, end: int, part: int) -> bool:
        word = words[end]
        if word.part != part or word.text not in self.synonyms.involved:
            return False
        return not word.denial or end == at


def _complaint(
    text: str,
    found: list[Word],
    amounts: Amounts,
    corrected: tuple[tuple[str, str], ...],
    truncated: bool,
) -> Complaint:
    positive = sorted({w.text for w in found if not w.denied})
    denied = sorted({w.text for w in found if w.denied})
    return Complaint(
        text=text,
        key=" ".join(sorted([*positive, *(DENIED + w for w in denied)])),
        words=tuple(positive),
        denied=tuple(denied),
        durations=tuple(amounts.durations),
        counts=tuple(amounts.counts),
        numbers=tuple(amounts.numbers),
        age_years=amounts.age_years,
        corrected=corrected,
        truncated=truncated,
    )


def _right(word: str, spelling: SymSpell) -> str | None:
    if len(word) < 5:
        return None
    # "chestpain" is two known words typed as one.
    for cut in range(3, min(len(word) - 2, 20)):
        if word[:cut] in spelling and word[cut:] in spelling and word[:cut] not in STOP:
            return f"{word[:cut]} {word[cut:]}"
    # A form of a known word ("paining") is no typing error.
    if stem(word) in spelling:
        return None
    # Two errors in a short word, or one in its first letter, make it another word.
    near = spelling.nearest(word, 1 if len(word) < 8 else 2)
    return next((n for n in near if n[0] == word[0]), None)
