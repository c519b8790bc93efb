"""Builds an index file: in one step for whoever reads it, with a digest of what is in it."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import groupby
from pathlib import Path

from perdure.kernel.errors import ContractError, StoreError

from .protocol import Term
from .schema import TABLES, VERSION, insert_terms, insert_vocabulary, words_of


@dataclass(frozen=True, slots=True)
class Built:
    """An index file that was built: how many terms, and the digest of the terms."""

    path: Path
    terms: int
    digest: str


def build_index(path: Path, terms: Iterable[Term]) -> Built:
    """Build the index of ``terms`` at ``path``; whoever has the old one open keeps reading it.

    The digest depends on the terms alone, not on their order or the time.
    """
    ordered = sorted(terms, key=_order)
    if not ordered:
        raise ContractError("no term to index", where=path.name)
    digest = terms_digest(ordered)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(handle)
    try:
        _fill(Path(name), ordered, digest)
        _on_disk(Path(name))
        Path(name).replace(path)
    except sqlite3.Error as problem:
        raise StoreError(f"the index was not built: {problem}", where=path.name) from None
    finally:
        Path(name).unlink(missing_ok=True)
    return Built(path, len(ordered), digest)


def terms_digest(terms: Iterable[Term]) -> str:
    """The SHA-256 of the terms in their order."""
    found = hashlib.sha256()
    for term in terms:
        found.update(json.dumps(_as_dict(term), sort_keys=True).encode() + b"\n")
    return found.hexdigest()


_COLUMNS = tuple(field.name for field in fields(Term))


def _as_dict(term: Term) -> dict[str, object]:
    # What dataclasses.asdict gives, without its copies: 35,000 terms are read at every opening.
    return {name: getattr(term, name) for name in _COLUMNS}


def _order(term: Term) -> tuple[str, float, int, str, str]:
    # Among equally popular terms the shorter name is the more general one.
    return term.kind, -term.popularity, len(term.name), term.name, term.code


def _fill(path: Path, terms: list[Term], digest: str) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + TABLES)
        number = 1
        for kind, same in groupby(terms, key=lambda term: term.kind):
            first, number = number, insert_terms(connection, same, number)
            connection.execute("INSERT INTO kinds VALUES (?, ?, ?)", (kind, first, number - 1))
        counts = Counter(word for term in terms for word in words_of(term))
        insert_vocabulary(connection, dict(counts))
        about = {"version": VERSION, "digest": digest, "terms": str(len(terms))}
        connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        connection.commit()
        connection.executescript("ANALYZE; VACUUM;")
    finally:
        connection.close()


def _on_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
