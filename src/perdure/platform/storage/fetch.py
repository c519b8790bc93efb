"""One public file over https: continued where it was cut short, and checked before it counts.

Bytes arrive in ``NAME.part``; what is known of them lies beside it in ``NAME.part.json``, so that
a later call asks the server for the rest only when the server still has the same file.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from perdure.kernel.errors import StoreError, UnreadableFile, UsageError
from perdure.kernel.progress import SILENT, Progress
from perdure.platform.storage.filebytes import file_digest

PIECE = 1 << 20
TIMEOUT_SECONDS = 60.0

_PARTIAL, _NOT_SATISFIABLE = 206, 416


@dataclass(frozen=True, slots=True)
class Received:
    """A file that arrived whole: where it lies, what it is, and which address gave it."""

    path: Path
    sha256: str
    size: int
    address: str


def receive(address: str, part: Path, progress: Progress = SILENT) -> Received:
    """Fetch the file into ``part`` (its folder exists), or go on with what is there already.

    Raises UsageError for an address that is not https (plain http is for this machine only),
    UnreadableFile when the server refuses, answers with a page, or stops too early; what arrived
    is kept for the next call. StoreError when the disk has no room.
    """
    checked_address(address)
    try:
        with _named(address), _asked(address, part) as answer:
            final = _write(answer, address, part, progress)
    except urllib.error.HTTPError as error:
        if error.code != _NOT_SATISFIABLE or not part.exists():
            raise _refused(address, f"{error.code} {error.reason}") from error
        # The server's file is no longer than what is here: it is another one. Once from the start.
        forget(part)
        return receive(address, part, progress)
    return Received(part, file_digest(part), part.stat().st_size, final)


def checked_address(address: str, *, local: bool = True) -> str:
    """The address itself when it may be fetched: https, or http on this machine if ``local``.

    >>> checked_address("https://example.org/a.csv")
    'https://example.org/a.csv'
    """
    parts = urlsplit(address)
    if parts.username or parts.password:
        raise UsageError("an address with a password in it is not fetched", where=parts.hostname)
    secure = parts.scheme == "https" and parts.hostname
    if not secure and not (local and parts.scheme == "http" and _is_here(parts.hostname)):
        raise UsageError(
            f"this address is not fetched: {address[:200]!r}", expected="an address with https://"
        )
    return address


def forget(part: Path) -> None:
    """Remove what arrived of a file."""
    for path in (part, _memory(part)):
        path.unlink(missing_ok=True)


def settle(part: Path, target: Path) -> None:
    """Give a whole file its name, in one step that a power cut cannot halve."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    _memory(part).unlink(missing_ok=True)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows an address to another one only when that one may be fetched as well."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        here = urlsplit(req.full_url)
        checked_address(newurl, local=here.scheme == "http" and _is_here(here.hostname))
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


@contextmanager
def _asked(address: str, part: Path) -> Iterator[HTTPResponse]:
    headers = {"User-Agent": "perdure", "Accept-Encoding": "identity", **_rest_of(part, address)}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 checked_address
    handlers: list[Any] = [_Redirects()]
    if _is_here(urlsplit(address).hostname):
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy does not know this machine
    opener = urllib.request.build_opener(*handlers)
    with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        yield answer


@contextmanager
def _named(address: str) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise _refused(address, str(getattr(error, "reason", error)) or "no answer") from error


def _write(answer: HTTPResponse, address: str, part: Path, progress: Progress) -> str:
    """Add the answer's bytes to the part; gives the address that the answer came from."""
    _refuse_page(answer, address)
    done = _begin(answer, address, part)
    length = answer.headers.get("Content-Length", "")
    total = done + int(length) if length.isdigit() else None
    _refuse_full_disk(part, 0 if total is None else total - done)
    _remember(part, address, answer)
    with part.open("ab" if done else "wb") as file:
        while piece := answer.read(PIECE):
            file.write(piece)
            done += len(piece)
            progress.step(f"fetching {part.stem}", done, total)
    if total is not None and done != total:
        raise _refused(address, f"it ended after {done:,} of {total:,} bytes")
    return answer.url


def _begin(answer: HTTPResponse, address: str, part: Path) -> int:
    """The byte at which the answer begins: 0, or the end of what is here."""
    if answer.status != _PARTIAL:
        return 0
    here = part.stat().st_size
    if not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
        forget(part)
        raise _refused(address, "it answered with another part than was asked for")
    return here


def _rest_of(part: Path, address: str) -> dict[str, str]:
    """Headers that ask for the rest, when it is known which file the part is of."""
    known = _remembered(part)
    if known.get("address") != address or not known.get("version") or not part.exists():
        return {}
    return {"Range": f"bytes={part.stat().st_size}-", "If-Range": known["version"]}


def _remember(part: Path, address: str, answer: HTTPResponse) -> None:
    tag = answer.headers.get("ETag", "")
    # A weak tag does not promise the same bytes.
    version = tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")
    _memory(part).write_text(json.dumps({"address": address, "version": version}), "utf-8")


def _remembered(part: Path) -> Mapping[str, str]:
    try:
        found = json.loads(_memory(part).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _memory(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _refuse_page(answer: HTTPResponse, address: str) -> None:
    if answer.headers.get_content_type() == "text/html":
        raise UnreadableFile(
            "this is a page, not a file",
            where=address,
            hint="open it in a browser and give the file's own address with --from",
        )


def _refuse_full_disk(part: Path, wanted: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if wanted > free:
        raise StoreError(
            f"the file needs {wanted:,} bytes, the disk has {free:,} left",
            where=str(part.parent),
            hint="make room, then run the same again",
        )


def _refused(address: str, why: str) -> UnreadableFile:
    return UnreadableFile(
        f"the file cannot be fetched: {why[:300]}",
        where=address,
        hint="try again later (it goes on where it stopped), or download it with a browser",
    )


def _is_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
