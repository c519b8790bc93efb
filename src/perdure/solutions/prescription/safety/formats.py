"""The reader of each format of the knowledge base."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .files import Format, KnowledgeFile
from .importers.ansm import read_ansm
from .importers.ndfrt import read_ndfrt
from .importers.onc import read_onc
from .importers.own import (
    read_ages,
    read_allergies,
    read_classes,
    read_interactions,
    read_pregnancy,
)
from .rows import Imported

READERS: Mapping[Format, Callable[[KnowledgeFile], Imported]] = {
    Format.INTERACTIONS: read_interactions,
    Format.ALLERGIES: read_allergies,
    Format.PREGNANCY: read_pregnancy,
    Format.AGES: read_ages,
    Format.CLASSES: read_classes,
    Format.ONC_HIGH: read_onc,
    Format.ONC_PASSIVE: read_onc,
    Format.NDF_RT: read_ndfrt,
    Format.ANSM: read_ansm,
}
