"""Files of the console, served from memory by name: no path of a client reaches the disk."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from perdure.interfaces.guard.refusals import Missing

HERE = Path(__file__).parent
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
STYLES = ("tokens.css", "base.css", "layout.css", "components.css")
"""Sent as one file, in this order."""


@dataclass(frozen=True, slots=True)
class Asset:
    """The bytes of one file, its type, and its digest (which makes the address unique)."""

    content: bytes
    packed: bytes | None
    media_type: str
    digest: str


def made(content: bytes, suffix: str) -> Asset:
    """The file with these bytes; Missing for a kind of file that the console does not serve."""
    if suffix not in _TYPES:
        raise Missing(f"no file of the console ends with {suffix!r}")
    packed = None if suffix == ".woff2" else gzip.compress(content, 9, mtime=0)
    return Asset(content, packed, _TYPES[suffix], hashlib.sha256(content).hexdigest()[:12])


@cache
def _sources() -> dict[str, tuple[Path, ...]]:
    static = [p for p in (HERE / "static").iterdir() if p.suffix in _TYPES and p.suffix != ".css"]
    vendored = [p for p in (HERE / "vendor").iterdir() if p.suffix in _TYPES]
    found: dict[str, tuple[Path, ...]] = {path.name: (path,) for path in (*static, *vendored)}
    found["console.css"] = tuple(HERE / "static" / name for name in STYLES)
    return found


@cache
def asset(name: str) -> Asset:
    """The file of that name, read once; an unknown name is :class:`Missing`."""
    paths = _sources().get(name)
    if paths is None:
        raise Missing("no such file of the console")
    return made(b"\n".join(path.read_bytes() for path in paths), Path(name).suffix)


def address(name: str) -> str:
    """The address of a file; it changes when the file does, so it may be kept for ever."""
    return f"/static/{name}?v={asset(name).digest}"
