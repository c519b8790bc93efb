"""Columns of official files by what they hold, whatever they are called in an era."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from perdure.kernel.errors import ContractError


def canonical(name: str) -> str:
    r"""The name without what differs between eras: case, blanks, BOM, dashes.

    >>> canonical("\ufeff Provider Business-Name ")
    'provider_business_name'
    """
    return "_".join(name.lstrip("\ufeff").strip().lower().replace("-", " ").split())


@dataclass(frozen=True, slots=True)
class Field:
    """One piece of information and the names it has had; the first that is there is used."""

    name: str
    names: tuple[str, ...]
    needed: bool = False


def present(header: Iterable[str], fields: Iterable[Field]) -> bool:
    """Whether the header holds every needed field.

    >>> present(["NPI", "Year"], [Field("npi", ("npi", "prscrbr_npi"), needed=True)])
    True
    """
    known = {canonical(name) for name in header}
    return all(known.intersection(field.names) for field in fields if field.needed)


def columns(header: Sequence[str], fields: Iterable[Field], where: str) -> dict[str, str]:
    """Field name to the file's own column name, for each field that is there.

    Raises ContractError for a needed field that is not there, with the nearest column names.
    """
    own = {canonical(name): name for name in reversed(header)}
    found: dict[str, str] = {}
    for field in fields:
        name = next((n for n in field.names if n in own), None)
        if name is not None:
            found[field.name] = own[name]
        elif field.needed:
            raise _missing(field, own, where)
    return found


def _missing(field: Field, own: Mapping[str, str], where: str) -> ContractError:
    near = [n for name in field.names for n in difflib.get_close_matches(name, own, n=2)]
    shown = ", ".join(dict.fromkeys(own[n] for n in near)) or ", ".join(list(own.values())[:8])
    return ContractError(
        f"no column for '{field.name}'",
        where=where,
        expected=" or ".join(field.names[:3]),
        hint=f"the nearest columns are {shown}",
    )
