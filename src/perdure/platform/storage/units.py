"""Units as they are written in headers and beside numbers, and whether two of them agree."""

from __future__ import annotations

import re

_SPELLINGS = {
    "usd": "$ us$ usd usdollar usdollars dollar dollars",
    "eur": "€ eur euro euros",
    "gbp": "£ gbp pound_sterling sterling",
    "jpy": "¥ jpy yen",
    "chf": "chf",
    "cad": "cad",
    "inr": "₹ inr rupee rupees",
    "percent": "% percent pct percentage",
    "share": "share fraction ratio proportion",
    "second": "s sec secs second seconds",
    "minute": "min mins minute minutes",
    "hour": "h hr hrs hour hours",
    "day": "d day days",
    "week": "wk wks week weeks",
    "month": "mo mos month months",
    "year": "y yr yrs year years",
    "mcg": "mcg ug µg μg microgram micrograms",
    "mg": "mg milligram milligrams",
    "g": "g gram grams",
    "kg": "kg kilogram kilograms",
    "lb": "lb lbs pound pounds",
    "ml": "ml milliliter milliliters millilitre millilitres",
    "l": "l liter liters litre litres",
    "cm": "cm centimeter centimeters centimetre centimetres",
    "m": "m meter meters metre metres",
    "inch": "in inch inches",
    "mg/dl": "mg/dl mg_dl mgdl",
    "g/dl": "g/dl g_dl",
    "g/l": "g/l g_l",
    "mmol/l": "mmol/l mmol_l mmoll",
    "umol/l": "umol/l µmol/l μmol/l umol_l",
    "mmhg": "mmhg mm_hg",
    "celsius": "°c celsius degc",
    "fahrenheit": "°f fahrenheit degf",
}
_CANONICAL = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}
_BRACKETED = re.compile(r"^(?P<base>.*\S)\s*[(\[](?P<unit>[^()\[\]]+)[)\]]$")
_SYMBOLS = {"$": "usd", "us$": "usd", "€": "eur", "£": "gbp", "¥": "jpy", "₹": "inr"}

CURRENCY_SYMBOLS = tuple(_SYMBOLS)


def canonical(unit: str | None) -> str | None:
    """The one spelling of a unit; None when the word is not known to be a unit.

    >>> canonical("US$"), canonical("Days"), canonical("claims")
    ('usd', 'day', None)
    """
    return None if unit is None else _CANONICAL.get(unit.strip().casefold().replace(" ", "_"))


def conflict(one: str | None, other: str | None) -> bool:
    """Whether both units are known and differ.

    >>> conflict("usd", "EUR"), conflict("usd", "dollars"), conflict("usd", "claims")
    (True, False, False)
    """
    first, second = canonical(one), canonical(other)
    return first is not None and second is not None and first != second


def split_unit(header: str) -> tuple[str, str | None]:
    """A header without the unit it carries, and that unit as written.

    >>> split_unit("Cost (EUR)"), split_unit("amount_usd"), split_unit("days_supply")
    (('Cost', 'EUR'), ('amount', 'usd'), ('days_supply', None))
    """
    text = header.strip()
    if (found := _BRACKETED.match(text)) and canonical(found["unit"]):
        return found["base"].strip(), found["unit"].strip()
    words = re.split(r"[\s_-]+", text)
    for size in (2, 1):
        unit = "_".join(words[-size:])
        # One letter at the end of a name is seldom a unit ("group_m", "factor h").
        if len(words) > size and len(unit) > 1 and canonical(unit):
            return "_".join(words[:-size]), unit
    return text, None
