"""The writer that the requests of one application share."""

from __future__ import annotations

import threading

from perdure.platform.storage.project import Project
from perdure.platform.storage.writer import GroupCommitWriter


class Writing:
    """Gives the group-commit writer of a project; its thread starts with the first write."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._open: GroupCommitWriter | None = None
        self._turn = threading.Lock()

    def writer(self) -> GroupCommitWriter:
        """The open writer; a new one after ``close``."""
        with self._turn:
            if self._open is None:
                self._open = GroupCommitWriter(self._project.ops)
            return self._open

    def close(self) -> None:
        """Commit what waits and stop the thread. Repeatable."""
        with self._turn:
            ended, self._open = self._open, None
        if ended is not None:
            ended.close()
