"""English spelling of French names of molecules, by their endings."""

from __future__ import annotations

import re
import unicodedata

_ACID = re.compile(r"^(?:acide (?P<before>\S+)ique|(?P<after>\S+)ique \(?acide\)?)$")
_DROP_E = re.compile(
    r"(?:cilline|mycine|micine|kacine|fenacine|metacine|oxacine|statine|arine|sporine|digoxine|toine"
    r"|picine|butine|ynine|gliptine|formine|platine|rubicine|profene|ofene|tifene|naproxene|peridene"
    r"|pentine|baline|pressine|tonine|tinoine|tretine|suline|vitamine|balamine|polymyxine|tericine"
    r"|zosine|sulosine|dosine|methorphane|prime|uracile|niazide|necide|zolide|fungine|avirine|reline"
    r"|lepine|xepine|tecane|^cef[a-z]*ine)(?= [a-z]$|$)"
)
_WORDS = {"insuline": "insulin", "vitamine": "vitamin", "heparine": "heparin"}
_SALTS = re.compile(r" (?:sodique|calcique|trometamol|de|trometamine)$")
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
    words = _SALTS.sub("", plain).split(" ")
    plain = " ".join([_WORDS.get(words[0], words[0]), *words[1:]])
    dropped = _DROP_E.search(plain)
    return plain[: dropped.end() - 1] + plain[dropped.end() :] if dropped else plain
