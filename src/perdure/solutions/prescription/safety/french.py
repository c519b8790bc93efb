"""English spelling of French names of molecules, by their endings."""

from __future__ import annotations

import re
import unicodedata

_ACID = re.compile(r"^(?:acide (?P<before>\S+)ique|(?P<after>\S+)ique \(?acide\)?)$")
_DROP_E = re.compile(
    r"(?:icilline|mycine|micine|oxacine|statine|arine|sporine|oxine|toine|picine|butine|ynine"
    r"|gliptine|formine|platine|rubicine|profene|pentine|baline|pressine|tonine|tinoine|tretine"
    r"|suline|^cef\w*ine)$"
)
_REMARK = re.compile(r"\s*\((?!acide)[^)]*\)")


def unaccented(text: str) -> str:
    """The text without accents.

    >>> unaccented("bêta-bloquants")
    'beta-bloquants'
    """
    apart = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("’", "'"))
    return "".join(c for c in apart if not unicodedata.combining(c))


def english(name: str) -> str:
    """The English spelling of an unaccented French name in small letters.

    >>> english("ciprofloxacine"), english("valproique (acide)"), english("fluoxetine")
    ('ciprofloxacin', 'valproic acid', 'fluoxetine')
    """
    plain = _REMARK.sub("", name).strip()
    acid = _ACID.match(plain)
    if acid:
        return f"{acid['before'] or acid['after']}ic acid"
    plain = plain.removesuffix(" sodique").removesuffix(" (sel de)")
    return plain[:-1] if _DROP_E.search(plain) else plain
