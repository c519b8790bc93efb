"""The bytes of a text file: unpacked, in UTF-8 or plain 8-bit text, a bounded piece at a time."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

from perdure.kernel.errors import UnreadableFile

PIECE = 1 << 23

_GZIP = b"\x1f\x8b"
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
    (b"BZh", "packed with bzip2", "unpack it with bunzip2"),
    (b"\xfd7zXZ\x00", "packed with xz", "unpack it with unxz"),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard", "unpack it with unzstd"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it"),
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"HEADER RECORD*******LIB", "a SAS transport file", "convert it to CSV or Parquet"),
    (b"SQLite format 3\x00", "an SQLite database", "export the table as CSV"),
)
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def first_bytes(path: Path, size: int = 64) -> bytes:
    """The start of a file; an UnreadableFile that says what is wrong when there is none."""
    if not path.is_file():
        what = "this is no regular file" if path.exists() else "there is no such file"
        hint = "name one file of the folder" if path.is_dir() else None
        raise UnreadableFile(what, where=str(path), hint=hint)
    with _named(path), path.open("rb") as stream:
        head = stream.read(size)
    if not head:
        raise UnreadableFile("the file is empty (0 bytes)", where=str(path))
    for magic, kind, hint in _FOREIGN:
        if head.startswith(magic):
            raise UnreadableFile(f"the file is {kind}", where=str(path), hint=hint)
    return head


def file_digest(path: Path) -> str:
    """SHA-256 of the file as it lies on disk."""
    with _named(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class FileBytes:
    """The unpacked bytes of one text file, piece by piece.

    gzip is unpacked, UTF-16 becomes UTF-8, a byte order mark is dropped, the single carriage
    returns of old Macintosh files become newlines. ``done`` of ``total`` bytes are read so far.
    """

    def __init__(self, path: Path, piece: int = PIECE) -> None:
        self.path, self.piece = path, piece
        self.total, self.done = path.stat().st_size, 0
        self._stamp = (path.stat().st_mtime_ns, self.total)

    def pieces(self) -> Generator[bytes]:
        """Each piece, at most a few times ``piece`` long.

        Raises UnreadableFile when the packed data are cut off or damaged, or when another
        program changes the file meanwhile.
        """
        packed = first_bytes(self.path).startswith(_GZIP)
        with _named(self.path), self.path.open("rb") as disk:
            stream = gzip.GzipFile(fileobj=disk) if packed else disk
            yield from _as_utf8(self._counted(stream, disk))
        stat = self.path.stat()
        if (stat.st_mtime_ns, stat.st_size) != self._stamp:
            raise UnreadableFile(
                "the file changed while it was read",
                where=str(self.path),
                hint="wait until it is written, then run it again",
            )

    def _counted(self, stream: BufferedIOBase, disk: BufferedIOBase) -> Iterator[bytes]:
        while piece := stream.read(self.piece):
            self.done = disk.tell()
            yield piece


def _as_utf8(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = next(pieces, b"")
    if (kind := _UTF16.get(first[:2])) is not None:
        yield from _decoded(first[2:], pieces, kind)
        return
    first = first.removeprefix(codecs.BOM_UTF8)
    # A return at the very end may be half of a Windows line end.
    old_macintosh = b"\r" in first[:-1] and b"\n" not in first
    for piece in _chained(first, pieces):
        yield piece.replace(b"\r", b"\n") if old_macintosh else piece


def _decoded(first: bytes, pieces: Iterator[bytes], kind: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(kind)("replace")
    for piece in _chained(first, pieces):
        yield decoder.decode(piece).encode("utf-8", "replace")


def _chained(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn what the system and the unpacking library raise into one clear error."""
    try:
        yield
    except EOFError as error:
        raise UnreadableFile(
            "the gzip data are cut off: the end of the file is missing",
            where=str(path),
            hint="copy or download it again; nothing of it was stored",
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFile(
            f"the gzip data are damaged: {error}", where=str(path), hint="fetch the file again"
        ) from error
    except OSError as error:
        raise UnreadableFile(
            f"the file cannot be read: {error.strerror or error}", where=str(path)
        ) from error
