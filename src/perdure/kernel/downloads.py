"""Public files that a solution can read: where each officially is, and on what terms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from perdure.kernel.errors import UsageError
from perdure.kernel.names import checked_name

_FILENAME = re.compile(r"\w[\w.+-]{0,199}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Download:
    """One public file: a solution declares those that its importers read.

    ``address`` is the file itself, or with ``page`` the official page that links to it, where the
    file's own address changes with every edition. ``licence`` is the text that is shown before
    anything is fetched. ``sha256`` and ``size`` (bytes) are given where the owner's file is known
    to stay as it is. ``filename`` is its name here (default: the address's last part).
    ``importer`` reads it; ``note`` says what else a person must know.

    >>> Download("codes", "Code list", "https://example.org/v1/codes.csv", "CC0").filename
    'codes.csv'
    """

    name: str
    title: str
    address: str
    licence: str
    importer: str = ""
    filename: str = ""
    sha256: str | None = None
    size: int | None = None
    page: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        checked_name(self.name, "download name")
        if not self.page:
            object.__setattr__(self, "filename", self.filename or file_of(self.address))


def file_of(address: str) -> str:
    """The name of the file that an address ends with; one that names no file is an error.

    >>> file_of("https://example.org/2023/payments.csv?edition=2")
    'payments.csv'
    """
    name = urlsplit(address).path.rpartition("/")[2]
    if not _FILENAME.fullmatch(name):
        raise UsageError(
            f"the address ends with no plain file name: {address[:200]!r}",
            expected="an address such as https://…/file.csv",
        )
    return name
