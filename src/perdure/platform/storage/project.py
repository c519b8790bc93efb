"""A project: the folder that holds settings, tables and everything perdure has learned."""

from __future__ import annotations

import importlib.resources
import os
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perdure.kernel.clock import Clock, FixedClock, SystemClock
from perdure.kernel.config import Loaded, Settings, load_settings
from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.solution import Solution
from perdure.kernel.tables import TableContract
from perdure.platform.storage.filesystem import refuse_network

if TYPE_CHECKING:
    from perdure.platform.storage.artifacts import Artifacts
    from perdure.platform.storage.lake import Lake
    from perdure.platform.storage.ops import Ops

MARKER = Path("conf", "base", "project.yaml")
VARIABLE = "PERDURE_PROJECT"
DEFAULT_CASE = "default"


class ProjectSettings(Settings):
    """``conf/base/project.yaml``: the name of the project, and the time that it lives in.

    ``clock`` stops the time at a moment (naive UTC). A project of sample data lives in the time
    of its data, else everything in it would count as years old.
    """

    name: str = "unnamed"
    clock: datetime | None = None


@dataclass
class Project:
    """A project folder and the clock it lives by; its stores open when they are first used.

    ``conf/base`` and ``conf/local`` hold settings, ``var`` everything that was made.

    >>> import tempfile
    >>> Project.create(Path(tempfile.mkdtemp()) / "clinic").lake.tables()
    ()
    """

    root: Path
    clock: Clock = field(default_factory=SystemClock)

    @classmethod
    def find(cls, path: Path | None = None, *, clock: Clock | None = None) -> Project:
        """The project at ``path``, else at ``PERDURE_PROJECT``, else around the current folder."""
        named = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
        here = (named or Path.cwd()).absolute()
        places = (here,) if named else (here, *here.parents)
        for place in places:
            if (place / MARKER).is_file():
                return cls(place, clock or _clock(place))
        raise UsageError(
            f"no project at {here}" if named else f"no project at or above {here}",
            expected=f"a folder with {MARKER}",
            hint="perdure init my-project",
        )

    @classmethod
    def create(cls, root: Path, *, clock: Clock | None = None) -> Project:
        """A project in ``root``, made if it is not there yet; existing files stay as they are."""
        root = root.absolute()
        refuse_network(root)
        for folder in ("conf/base", "conf/local", "var"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        if not (root / MARKER).exists():
            (root / MARKER).write_text(
                "# Settings of the whole project. One file per solution lies beside this one.\n"
                f"name: {root.name}\n",
                encoding="utf-8",
            )
        return cls(root, clock or _clock(root))

    @cached_property
    def var(self) -> Path:
        """The folder of everything that was made; refuses a network file system."""
        place = self.root / "var"
        refuse_network(self.root)
        place.mkdir(parents=True, exist_ok=True)
        return place

    @cached_property
    def lake(self) -> Lake:
        """The tables."""
        from perdure.platform.storage.lake import Lake

        return Lake(self.var / "lake")

    @cached_property
    def ops(self) -> Ops:
        """The operational store: runs, decisions, feedback, aliases."""
        from perdure.platform.storage.ops import Ops

        return Ops(self.var / "ops.sqlite")

    @cached_property
    def artifacts(self) -> Artifacts:
        """The immutable files: models and what belongs to them."""
        from perdure.platform.storage.artifacts import Artifacts

        return Artifacts(self.var / "artifacts")

    def layers(self, name: str) -> tuple[Path, Path]:
        """The settings files of that name, weakest first: committed, then local."""
        return tuple(self.root / "conf" / layer / f"{name}.yaml" for layer in ("base", "local"))  # type: ignore[return-value]

    def settings(self, solution: Solution) -> Any:
        """The solution's settings, as its own pydantic model."""
        return self.explained_settings(solution).value

    def explained_settings(self, solution: Solution) -> Loaded[Any]:
        """The solution's settings and where each value came from."""
        layers = (*_defaults(solution), *self.layers(solution.name))
        return load_settings(solution.code("settings"), solution.name, layers)

    def cases(self, solution: Solution) -> tuple[str, ...]:
        """The cases that the settings name (brands, fields); ``default`` when there are none."""
        named = getattr(self.settings(solution), "cases", None)
        return tuple(named) if named else (DEFAULT_CASE,)

    def case(self, solution: Solution, name: str | None = None) -> str:
        """The case of that name as the settings write it; the only one when none is named."""
        known = self.cases(solution)
        if name is None and len(known) == 1:
            return known[0]
        for case in known:
            if name is not None and case.casefold() == name.casefold():
                return case
        what = f"no case named {name[:64]!r}" if name else "there are several cases: name one"
        raise UsageError(f"{solution.name}: {what}", hint=did_you_mean(name or "", known))

    def contracts(self, solution: Solution) -> dict[str, TableContract]:
        """The solution's table contracts by name."""
        return {contract.name: contract for contract in solution.code("tables")}


def _clock(root: Path) -> Clock:
    layers = [root / "conf" / layer / "project.yaml" for layer in ("base", "local")]
    stopped = load_settings(ProjectSettings, "project", layers).value.clock
    return SystemClock() if stopped is None else FixedClock(stopped)


def _defaults(solution: Solution) -> tuple[Path, ...]:
    """The ``defaults.yaml`` that ``package:file`` names, or the one beside the settings model."""
    package, _, name = solution.defaults.partition(":")
    if not solution.defaults:
        package = solution.settings.partition(":")[0].rpartition(".")[0]
    if not package:
        return ()
    file = importlib.resources.files(package) / (name or "defaults.yaml")
    return (Path(str(file)),)
