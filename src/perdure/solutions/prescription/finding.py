"""Search as you type over all lists of terms; what is added is found at once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from perdure.platform.storage.project import Project
from perdure.solutions.prescription.names import Names, list_of
from perdure.solutions.prescription.prescription import SECTIONS, Section
from perdure.solutions.prescription.search.build import build_index, terms_digest
from perdure.solutions.prescription.search.fts import FtsIndex
from perdure.solutions.prescription.search.protocol import SearchIndex, Term
from perdure.solutions.prescription.service import Found

_FOLDER = "search"
_DIGITS = 16


class Finding:
    """The index of one case: built when the lists changed, opened otherwise."""

    def __init__(self, project: Project, case: str, names: Names) -> None:
        self._names = names
        self._index = _opened(project.var / _FOLDER, case, _terms(names))

    def search(self, text: str, section: Section, limit: int) -> list[Found]:
        """Hits in a section, best first."""
        if self._index is None:
            return []
        hits = self._index.search(text, section, limit)
        return [Found(section, hit.code, hit.name, hit.matched) for hit in hits]

    def add(self, section: Section, code: str, name: str) -> None:
        """Make a new term findable."""
        if self._index is not None:
            self._index.add(Term(code, name, section))

    def alias(self, section: Section, code: str, name: str, alias_of: str) -> None:
        """Make the name of a merged term lead to what it stands for."""
        if self._index is not None:
            self._index.add(Term(code, name, section), alias_of)


def _terms(names: Names) -> list[Term]:
    found = []
    for section in SECTIONS:
        field = list_of(section)
        found += [
            Term(code, name, section, names.simple(field, code), (),
                 names.popularity(field, code))
            for code, name in names.codes(field).items()
            if name.strip()
        ]  # fmt: skip
    return found


def _opened(folder: Path, case: str, terms: list[Term]) -> SearchIndex | None:
    """None while there is no term at all."""
    if not terms:
        return None
    digest = terms_digest(sorted(terms, key=lambda t: (t.kind, t.code)))
    path = folder / f"{case}-{digest[:_DIGITS]}.sqlite"
    added = folder / f"{case}-added.sqlite"
    if not path.is_file():
        build_index(path, terms)
        _sweep(folder, case, path)
    return FtsIndex(path, added)


def _sweep(folder: Path, case: str, path: Path) -> None:
    """Remove the indexes before the last one, which another process may still search."""
    # A pattern of digits: the name of another case may begin with the name of this one.
    others = set(folder.glob(f"{case}-{'[0-9a-f]' * _DIGITS}.sqlite")) - {path}
    with suppress(FileNotFoundError):  # another process sweeps at the same time
        for old in sorted(others, key=lambda other: other.stat().st_mtime)[:-1]:
            old.unlink()
