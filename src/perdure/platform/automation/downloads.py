"""Getting public files into a project, when a person asks: never by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perdure.kernel.discovery import solutions
from perdure.kernel.downloads import Download, file_of
from perdure.kernel.errors import IntegrityError, UsageError, did_you_mean
from perdure.kernel.progress import SILENT, Progress
from perdure.kernel.solution import Solution
from perdure.platform.storage.fetch import Received, forget, receive, settle
from perdure.platform.storage.filelock import FileLock
from perdure.platform.storage.project import Project


@dataclass(frozen=True, slots=True)
class Offer:
    """A public file that a solution declares."""

    solution: Solution
    download: Download

    def folder(self, project: Project) -> Path:
        """Where the file lands: one folder for all files of an importer."""
        return project.var / "landing" / (self.download.importer or self.solution.name)


@dataclass(frozen=True, slots=True)
class Landed:
    """A file that lies in the project. ``checked`` says against what its digest was compared."""

    name: str
    path: Path
    address: str
    sha256: str
    size: int
    checked: str
    importer: str = ""


def offers() -> dict[str, Offer]:
    """The public files of every solution, by name; two of one name are an error."""
    found: dict[str, Offer] = {}
    for manifest in solutions().values():
        for download in manifest.code("downloads") if manifest.downloads else ():
            if download.name in found:
                other = found[download.name].solution.name
                raise UsageError(
                    f"{manifest.name} and {other} both declare the download {download.name!r}"
                )
            found[download.name] = Offer(manifest, download)
    return found


def offer(name: str) -> Offer:
    """The public file of that name; an unknown one is an error that names the nearest."""
    known = offers()
    if name not in known:
        raise UsageError(f"no download named {name[:64]!r}", hint=did_you_mean(name, known))
    return known[name]


def address_of(found: Download, address: str | None = None) -> str:
    """The address that would be fetched: the given one, else the declared one.

    Raises UsageError when the declared one is a page and none was given.
    """
    if address is None and found.page:
        raise UsageError(
            f"the address of '{found.name}' changes with each edition",
            where=found.address,
            hint=f"open that page, copy the file's address: perdure data get {found.name} "
            "--from ADDRESS",
        )
    return address or found.address


def get(
    project: Project,
    name: str,
    address: str | None = None,
    progress: Progress = SILENT,
    *,
    changed: bool = False,
) -> Landed:
    """Fetch the file of that name into the project; ``address`` is one of another edition.

    Its digest must be the declared one, or, where none is declared, that of the last time;
    ``changed`` accepts another one then. Raises IntegrityError otherwise; the file that was there
    before stays. Errors of the network are those of :func:`receive`.
    """
    wanted = offer(name)
    source = address_of(wanted.download, address)
    folder = wanted.folder(project)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (file_of(source) if address else wanted.download.filename)
    part = target.with_name(f"{target.name}.part")
    with closing(FileLock(folder / f".{target.name}.lock")) as lock, lock.held(1.0):
        received = receive(source, part, progress)
        declared = None if address else wanted.download.sha256
        told = _checked(received, target, declared, changed=changed)
        settle(part, target)
        what = (received.address, received.sha256, received.size)
        landed = Landed(name, target, *what, told, wanted.download.importer)
        _record(project, landed)
    return landed


def fetched(target: Path) -> Mapping[str, Any]:
    """What is known of a file that was fetched before; nothing when it never was."""
    try:
        found = json.loads(_record_of(target).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _checked(received: Received, target: Path, declared: str | None, *, changed: bool) -> str:
    """Against what the digest holds; raises IntegrityError when it does not."""
    before = fetched(target)
    if declared is not None:
        _hold(received, declared, "declared for it", "tell the makers of the solution")
        return "the declared checksum"
    if not before:
        return "nothing: no checksum is known, this one is kept for the next time"
    if changed and received.sha256 != before["sha256"]:
        return f"nothing: it has changed since {before['at']}, as you expected"
    hint = "is it a new edition? then the same command with --changed"
    _hold(received, str(before["sha256"]), f"of {before['at']}", hint)
    return f"the checksum of {before['at']}"


def _hold(received: Received, expected: str, whose: str, hint: str) -> None:
    if received.sha256 == expected:
        return
    forget(received.path)
    raise IntegrityError(
        f"the file has the checksum {received.sha256}",
        where=received.address,
        expected=f"{expected}, the one {whose}; what came was thrown away",
        hint=hint,
    )


def _record(project: Project, landed: Landed) -> None:
    at = project.clock.now().isoformat(timespec="seconds")
    told = {"sha256": landed.sha256, "size": landed.size, "address": landed.address, "at": at}
    path = _record_of(landed.path)
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps({"name": landed.name, **told}, indent=1), "utf-8")
    new.replace(path)


def _record_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.json")
