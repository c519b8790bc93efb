"""Text encodings: UTF-8, and for bytes that are not, Windows-1252, said aloud."""

from __future__ import annotations

import re

# What can follow in UTF-8; any other byte above 127 was written in an older encoding.
_UTF8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]"
    rb"|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
    rb"|([\x80-\xff])"
)


class Encoding:
    """Makes UTF-8 of text and counts the bytes that were something else."""

    def __init__(self) -> None:
        self.foreign = 0

    def utf8(self, text: bytes) -> bytes:
        r"""The text in UTF-8; a byte that is not UTF-8 is read as Windows-1252.

        >>> Encoding().utf8(b"caf\xe9 caf\xc3\xa9").decode()
        'café café'
        """
        if text.isascii():
            return text
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            return _UTF8.sub(self._repaired, text)
        return text

    def text(self, text: bytes) -> str:
        """The same as a string."""
        return self.utf8(text).decode("utf-8")

    def notes(self) -> list[str]:
        """The remark for the report, if there is anything to say."""
        if not self.foreign:
            return []
        return [f"bytes that are not UTF-8 were read as Windows-1252: {self.foreign}"]

    def _repaired(self, found: re.Match[bytes]) -> bytes:
        byte = found.group(1)
        if byte is None:
            return found.group()
        self.foreign += 1
        return byte.decode("cp1252", "replace").encode("utf-8")
