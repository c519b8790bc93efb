"""A file of the knowledge base: which format it has and, if told, which bytes it must hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from perdure.kernel.errors import IntegrityError, UnreadableFile

from .alerts import Kind, Tier


class Format(StrEnum):
    """What a file is; the first five are our own CSV tables."""

    INTERACTIONS = "interactions"
    ALLERGIES = "allergies"
    PREGNANCY = "pregnancy"
    AGES = "ages"
    CLASSES = "classes"
    ONC_HIGH = "onc-high-priority"
    ONC_PASSIVE = "onc-non-interruptive"
    NDF_RT = "ndf-rt"
    ANSM = "ansm"

    @property
    def check(self) -> Kind:
        """The check that a file of this format serves.

        >>> Format.ANSM.check, Format.CLASSES.check
        (<Kind.INTERACTION: 'interaction'>, <Kind.DUPLICATE: 'duplicate'>)
        """
        return _CHECKS.get(self, Kind.INTERACTION)


_CHECKS = {
    Format.ALLERGIES: Kind.ALLERGY, Format.PREGNANCY: Kind.PREGNANCY,
    Format.AGES: Kind.AGE, Format.CLASSES: Kind.DUPLICATE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnowledgeFile:
    """Where a table is; ``companion`` holds its groups (own CSV) or substances (ANSM).

    ``tier`` and ``edition`` override what the format would say. ``companion_sha256`` as ``sha256``.
    """

    format: Format
    path: Path
    companion: Path | None = None
    sha256: str | None = None
    companion_sha256: str | None = None
    edition: str | None = None
    tier: Tier | None = None


def verify(file: KnowledgeFile) -> None:
    """Raises UnreadableFile for a missing file, IntegrityError for other bytes than promised."""
    _verify(file.path, file.sha256)
    if file.companion is not None:
        _verify(file.companion, file.companion_sha256)


def content(path: Path) -> bytes:
    """The bytes of a file; raises UnreadableFile."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise UnreadableFile(f"cannot be read: {problem.strerror}", where=path.name) from None


def _verify(path: Path, promised: str | None) -> None:
    found = hashlib.sha256(content(path)).hexdigest()
    if promised is not None and found != promised.lower():
        raise IntegrityError(
            "the digest differs", where=path.name, expected=f"sha256 {promised[:12]}…",
            hint=f"found {found[:12]}…; get the file again",
        )  # fmt: skip
