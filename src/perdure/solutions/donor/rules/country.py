"""Donation rules of one country, where they come from, and how a project changes them."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from perdure.kernel.config import Settings
from perdure.kernel.errors import ConfigError

FILE = "countries.yaml"
DEFAULT = "default"
"""The rule of every country that is not listed."""
CHECK = "check with your service"
"""What pages write beside a value that :attr:`CountryRule.check` names."""

MOST_WEEKS = 1_000
"""No interval is longer: one that leaves the calendar would read as none."""

Hour = Annotated[int, Field(ge=0, le=24)]


class BySex(Settings):
    """A value for men and one for women; whose sex is not known gets the stricter one."""

    male: float = Field(gt=0, le=MOST_WEEKS)
    female: float = Field(gt=0, le=MOST_WEEKS)


class CountryRule(Settings):
    """What a country asks of a donation, and when nobody is called.

    ``whole_blood_weeks`` between two donations of whole blood, at least. ``haemoglobin_g_dl`` and
    ``ferritin_ug_l`` (None: no rule) are minima. ``quiet_hours`` (from, to) are local hours.
    ``check`` names the values that no document was read for.
    """

    name: str
    whole_blood_weeks: BySex
    haemoglobin_g_dl: BySex
    ferritin_ug_l: float | None = Field(default=None, gt=0)
    incentives_allowed: bool = False
    cash_equivalent_allowed: bool = False
    quiet_hours: tuple[Hour, Hour]
    source: str = Field(min_length=1)
    date: date
    check: tuple[str, ...] = ()

    def quiet(self) -> frozenset[int]:
        """The hours of the day that are quiet."""
        first, last = self.quiet_hours
        wraps = first > last
        return frozenset({*range(first, 24), *range(last)} if wraps else range(first, last))


class CountryChange(Settings):
    """What a project changes of a country's rule, or says of a country that is not listed."""

    name: str | None = None
    whole_blood_weeks: BySex | None = None
    haemoglobin_g_dl: BySex | None = None
    ferritin_ug_l: float | None = Field(default=None, gt=0)
    incentives_allowed: bool | None = None
    cash_equivalent_allowed: bool | None = None
    quiet_hours: tuple[Hour, Hour] | None = None
    source: str = Field(min_length=1)
    date: date

    def changed(self) -> dict[str, Any]:
        """The values that the project states."""
        return self.model_dump(exclude_none=True)


@dataclass(frozen=True)
class CountryRules:
    """The rules by country code; ``default`` holds where there is none."""

    by_country: Mapping[str, CountryRule]

    def of(self, country: str | None) -> CountryRule:
        """The rule of a country, else the default one.

        >>> bundled().of("GB").whole_blood_weeks.female, bundled().of(None).name
        (16.0, 'any other country')
        """
        return self.by_country.get((country or "").upper(), self.by_country[DEFAULT])


def country_rules(changes: Mapping[str, CountryChange] | None = None) -> CountryRules:
    """The bundled rules with a project's changes, which are checked like the rules themselves.

    A change replaces the values that it states, with its own source and date; a stated value
    needs no check any more. A country that is not listed starts from the default rule.
    """
    known = dict(bundled().by_country)
    for code, change in (changes or {}).items():
        _refuse_strange(code)
        stated = change.changed()
        base = known.get(code, known[DEFAULT]).model_dump()
        left = [name for name in base["check"] if name not in stated]
        named = {"name": code} if code not in known else {}
        known[code] = CountryRule.model_validate({**base, **named, **stated, "check": left})
    return CountryRules(known)


@lru_cache(maxsize=1)
def bundled() -> CountryRules:
    """The rules that perdure brings (``countries.yaml``)."""
    text = importlib.resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    return parsed(text, FILE)


def parsed(text: str, where: str) -> CountryRules:
    """The rules that a YAML text holds. Raises ConfigError naming country and value."""
    try:
        rules = TypeAdapter(dict[str, CountryRule]).validate_python(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigError(f"this is no YAML: {error}", where=where) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{place}: {first['msg']}", where=where) from error
    for code in rules:
        _refuse_strange(code)
    if DEFAULT not in rules:
        raise ConfigError(f"no rule {DEFAULT!r}", where=where, hint="what holds elsewhere?")
    return CountryRules(rules)


def _refuse_strange(code: str) -> None:
    if code != DEFAULT and not (len(code) == 2 and code.isascii() and code.isupper()):
        raise ConfigError(
            f"{code[:40]!r} is no country", where="rules", expected="two capitals, such as GB"
        )
