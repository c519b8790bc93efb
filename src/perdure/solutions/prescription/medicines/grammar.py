"""A medicine string in parts: pack, form, volume, strengths, modifiers, and the brand that is left.

Every pass walks once over at most ``LIMIT`` characters' tokens, so no text makes it slow.
"""

from __future__ import annotations

from functools import lru_cache

from perdure.kernel.errors import ContractError

from .amounts import read_amounts
from .bare import read_bare
from .forms import DISPERSED, MODIFIERS, form_table, leading_letter
from .formulary import Formulary, bundled_formulary
from .medicine import Flag, Medicine
from .molecules import with_molecules
from .packs import read_pack
from .reading import LIMIT, Reading

_LONGEST_FORM = 5
_STANDARDS = frozenset({"IP", "USP", "BP"})
_VOWELS = frozenset("AEIOUY")


def parse_medicine(text: str, formulary: Formulary | None = None) -> Medicine:
    """What a medicine string says. Any text gives an answer; what is not understood stays.

    >>> found = parse_medicine("DOLO 650MG TAB 8's")
    >>> found.brand, str(found.strengths[0]), found.form, found.pack, found.molecules
    ('Dolo', '650 mg', 'tablet', 8, ('paracetamol',))
    """
    if not isinstance(text, str):
        raise ContractError(f"a {type(text).__name__} is no medicine", expected="a string")
    reading = Reading.of(text)
    read_pack(reading)
    _read_form(reading)
    bare = read_amounts(reading)
    _read_modifiers(reading)
    written = _written_name(reading)
    read_bare(reading, bare)
    medicine = _assembled(reading, text[:LIMIT])
    return with_molecules(
        medicine, written, bundled_formulary() if formulary is None else formulary
    )


def _read_form(reading: Reading) -> None:
    found: list[tuple[int, str]] = []
    if len(reading.tokens) > 2 and reading.word(1) == ".":
        letter = leading_letter(reading.word(0))
        if letter and reading.tokens[2].kind == "word":
            reading.take(0, 2, "form")
            found.append((0, letter))
    at = 0
    while at < len(reading.tokens):
        size, form = _form_at(reading, at)
        if form is not None:
            found.append((at, form))
            reading.take(at, at + size, "form")
        at += size
    # "POWDER FOR INJECTION" is an injection.
    best = next((f for f in found if f[1] == "injection"), found[0] if found else None)
    if best is not None:
        reading.form_at, reading.form = best


def _form_at(reading: Reading, at: int) -> tuple[int, str | None]:
    table, starts = _forms()
    if reading.word(at) not in starts:
        return 1, None
    words = [reading.word(at + i) for i in range(_LONGEST_FORM)]
    for size in range(_LONGEST_FORM, 0, -1):
        if words[size - 1] and (form := table.get(tuple(words[:size]))) is not None:
            return size, form
    return 1, None


def _read_modifiers(reading: Reading) -> None:
    seen_word = False
    for at, token in enumerate(reading.tokens):
        if token.kind != "word" or not reading.free(at):
            continue
        if seen_word and token.text in MODIFIERS:
            reading.modifiers.append(token.text)
            reading.take(at, at + 1, "modifier")
        elif seen_word and token.text in _STANDARDS:
            reading.take(at, at + 1, "skip")
        seen_word = True
    if reading.form is None and DISPERSED & set(reading.modifiers):
        reading.form = "tablet"
        reading.flag(Flag.PRESUMED_FORM)


def _written_name(reading: Reading) -> str:
    """Everything before the first part with a unit or a form: the name as a list has it."""
    start = next((i for i in range(len(reading.tokens)) if reading.free(i)), None)
    if start is None:
        return ""
    end = start
    while end < len(reading.tokens) and reading.parts[end] in {None, "modifier"}:
        end += 1
    return reading.text[reading.tokens[start].start : reading.tokens[end - 1].end]


def _assembled(reading: Reading, text: str) -> Medicine:
    brand, end = _brand(reading)
    unparsed: list[str] = []
    for at in range(end, len(reading.tokens)):
        token = reading.tokens[at]
        if not reading.free(at) or token.kind == "mark":
            continue
        if brand and _is_suffix(reading, at):
            brand = f"{brand} {token.text}"
            reading.flag(Flag.SUFFIX)
        else:
            unparsed.append(token.text)
    if not brand:
        reading.flag(Flag.NO_BRAND)
    if unparsed:
        reading.flag(Flag.UNPARSED)
    return Medicine(
        text=text,
        brand=brand or None,
        strengths=tuple(reading.strengths),
        form=reading.form,
        volume=reading.volume,
        pack=reading.pack,
        modifiers=tuple(dict.fromkeys(reading.modifiers)),
        unparsed=tuple(unparsed),
        flags=tuple(reading.flags),
    )


def _brand(reading: Reading) -> tuple[str, int]:
    tokens = reading.tokens
    start = next(
        (i for i, t in enumerate(tokens) if reading.free(i) and t.kind != "mark"), len(tokens)
    )
    end = start
    while reading.free(end) and tokens[end].text not in {"(", "[", ","}:
        end += 1
    last = end
    while last > start and tokens[last - 1].kind == "mark":
        last -= 1
    if not any(t.kind == "word" for t in tokens[start:last]):
        return "", start
    return _cased(reading.text[tokens[start].start : tokens[last - 1].end]), end


def _is_suffix(reading: Reading, at: int) -> bool:
    word = reading.tokens[at].text
    behind = at > 0 and reading.parts[at - 1] in {"strength", "modifier"}
    return behind and len(word) <= 2 and word.isalpha()


def _cased(name: str) -> str:
    """``Pan-D``, ``4 Quin``, ``Zerodol SP``: short and vowelless words stay in capitals."""
    parts = " ".join(name.split()).split(" ")
    return " ".join("-".join(_cased_word(w) for w in part.split("-")) for part in parts)


def _cased_word(word: str) -> str:
    return word if len(word) <= 2 or not _VOWELS & set(word) else word.capitalize()


@lru_cache(maxsize=1)
def _forms() -> tuple[dict[tuple[str, ...], str], frozenset[str]]:
    table = form_table()
    return table, frozenset(words[0] for words in table)
