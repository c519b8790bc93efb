"""Counting changes to files below a folder, through Linux's inotify."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import struct
import threading
from pathlib import Path

_CREATE, _MODIFY, _MOVED_TO, _DELETE = 0x100, 0x2, 0x80, 0x200
_DIRECTORY = 0x40000000
_HEADER = struct.Struct("iIII")


class Watch:
    """Counts changes below ``root`` from a thread; calls ``at_count`` at the chosen one."""

    def __init__(self, root: Path, target: int | None = None) -> None:
        self.count = 0
        self.reached = threading.Event()
        self._target = target
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify is not available")
        self._folders: dict[int, Path] = {}
        self._stop_read, self._stop_write = os.pipe()
        self._add(root)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop counting."""
        os.write(self._stop_write, b"x")
        self._thread.join()
        for descriptor in (self._descriptor, self._stop_read, self._stop_write):
            os.close(descriptor)

    def _add(self, folder: Path) -> None:
        mask = _CREATE | _MODIFY | _MOVED_TO | _DELETE
        number = self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), mask)
        if number < 0:
            return  # gone already
        self._folders[number] = folder
        with contextlib.suppress(OSError):  # it may be gone again by now
            for path in folder.iterdir():
                if path.is_dir():
                    self._add(path)

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._descriptor, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            self._read()

    def _read(self) -> None:
        data, position = os.read(self._descriptor, 65536), 0
        while position < len(data):
            number, mask, _, length = _HEADER.unpack_from(data, position)
            start = position + _HEADER.size
            name = data[start : start + length].rstrip(b"\0")
            position = start + length
            self._seen(number, mask, name)

    def _seen(self, number: int, mask: int, name: bytes) -> None:
        self.count += 1
        if self._target is not None and self.count >= self._target:
            self.reached.set()
        if mask & _DIRECTORY and mask & (_CREATE | _MOVED_TO) and number in self._folders:
            folder = self._folders[number] / os.fsdecode(name)
            if folder.is_dir():
                self._add(folder)
