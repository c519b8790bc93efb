"""Immutable bundles of files, named by what is in them and verified before anyone reads them.

A bundle is a folder ``<digest>/`` with the files and ``manifest.json`` (size and SHA-256 of
each); the digest is the SHA-256 of that manifest. It becomes visible by one rename.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perdure.kernel.errors import IntegrityError, StoreError, UsageError

MANIFEST = "manifest.json"
_FILE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")
_DIGEST = re.compile(r"^[0-9a-f]{64}$")
_UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one digest, every byte of them verified."""

    digest: str
    manifest: Mapping[str, Any]
    _files: Mapping[str, bytes]

    def names(self) -> tuple[str, ...]:
        """The file names, sorted."""
        return tuple(sorted(self._files))

    def read(self, name: str) -> bytes:
        """The bytes of a file of the bundle."""
        if name not in self._files:
            raise UsageError(f"bundle {self.digest[:12]} has no file {name[:80]!r}")
        return self._files[name]


class Artifacts:
    """The bundles under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, files: Mapping[str, bytes]) -> str:
        """Store the files; gives their digest, the same for the same files.

        Returns only when every byte is on disk. A kill leaves the whole bundle or nothing.
        """
        manifest = _manifest(files)
        digest = hashlib.sha256(manifest).hexdigest()
        if not self._is_whole(digest):
            self.root.mkdir(parents=True, exist_ok=True)
            unfinished = self.root / f"{_UNFINISHED}{secrets.token_hex(8)}"
            _write_folder(unfinished, {**files, MANIFEST: manifest})
            self._publish(unfinished, digest)
        return digest

    def open(self, digest: str) -> Bundle:
        """The bundle of that digest.

        Raises StoreError when there is none, IntegrityError when any byte of it differs from
        what was stored, a file is missing, or one was added.
        """
        if not _DIGEST.match(digest):
            raise UsageError(f"{digest[:80]!r} is not a digest", expected="64 hexadecimal digits")
        folder = self.root / digest
        if not folder.is_dir():
            raise StoreError(f"there is no artefact {digest[:12]}", where=str(self.root))
        return _verified(folder, digest)

    def exists(self, digest: str) -> bool:
        """Whether a bundle of that digest is there (not whether it is whole)."""
        return bool(_DIGEST.match(digest)) and (self.root / digest).is_dir()

    def sweep(self, in_use: Collection[str], older_than_hours: float = 24) -> list[str]:
        """Delete bundles that nothing names and leftovers of killed writes; gives what went.

        The age keeps a bundle that is stored but not yet named by a committed record.
        """
        if not self.root.is_dir():
            return []
        limit = time.time() - older_than_hours * 3600
        found = [
            folder
            for folder in sorted(self.root.iterdir())
            if (_DIGEST.match(folder.name) or folder.name.startswith(_UNFINISHED))
            and folder.name not in in_use
            and folder.stat().st_mtime < limit
        ]
        for folder in found:
            self._remove(folder)
        return [folder.name for folder in found]

    def _is_whole(self, digest: str) -> bool:
        if not self.exists(digest):
            return False
        try:
            self.open(digest)
        except IntegrityError:
            self._remove(self.root / digest)
            return False
        # A young bundle may be waiting for its record: make it young again, or a sweep
        # between now and that record would take it away.
        os.utime(self.root / digest)
        return True

    def _publish(self, unfinished: Path, digest: str) -> None:
        try:
            unfinished.rename(self.root / digest)
        except OSError:
            # Another process stored the same bytes first.
            shutil.rmtree(unfinished, ignore_errors=True)
            self.open(digest)
        _sync_folder(self.root)

    def _remove(self, folder: Path) -> None:
        hidden = self.root / f"{_UNFINISHED}{secrets.token_hex(8)}"
        folder.rename(hidden)
        shutil.rmtree(hidden, ignore_errors=True)


def _manifest(files: Mapping[str, bytes]) -> bytes:
    wrong = [name for name in files if not _FILE_NAME.match(name) or name == MANIFEST]
    if wrong or not files:
        raise UsageError(
            f"{wrong[0][:80]!r} cannot be a file of a bundle" if wrong else "a bundle needs a file",
            expected=f"letters, digits, '_', '.', '-', and not {MANIFEST}",
        )
    entries = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in files.items()
    }
    return json.dumps({"files": entries, "format": 1}, sort_keys=True, indent=1).encode()


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(mode=0o700)
    for name, content in files.items():
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _verified(folder: Path, digest: str) -> Bundle:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        raw = _read(descriptor, MANIFEST, digest)
        if hashlib.sha256(raw).hexdigest() != digest:
            raise _damaged(digest, MANIFEST)
        manifest = json.loads(raw)
        files = {name: _read(descriptor, name, digest) for name in manifest["files"]}
        extra = {entry.name for entry in os.scandir(descriptor)} - {MANIFEST, *files}
    finally:
        os.close(descriptor)
    for name, content in files.items():
        entry = manifest["files"][name]
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise _damaged(digest, name)
    if extra:
        raise _damaged(digest, min(extra))
    return Bundle(digest, manifest, files)


def _read(folder: int, name: str, digest: str) -> bytes:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
    except OSError as error:
        raise _damaged(digest, name) from error
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _damaged(digest: str, name: str) -> IntegrityError:
    return IntegrityError(
        f"'{name}' is not what was stored",
        where=f"artefact {digest[:12]}",
        hint="restore the artefact from a backup, or train again",
    )
