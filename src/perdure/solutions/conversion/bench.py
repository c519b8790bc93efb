"""``perdure bench conversion``: which protocol measures what lies at a path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from perdure.kernel.errors import UsageError, did_you_mean
from perdure.kernel.evidence import BenchReport
from perdure.kernel.progress import SILENT, Progress

PROTOCOLS = ("panel", "seed000")
OPTIONS = ("protocol", "case", "leak", "feature-conf", "training-conf")


def bench(path: Path, options: Mapping[str, str], progress: Progress = SILENT) -> BenchReport:
    """Measure with the panel protocol, or with ``--protocol seed000`` that of seed 000.

    Without the option a single file of seed 000's form gets its own protocol. Further options:
    ``--case BRAND``, ``--leak`` (panel); ``--feature-conf``, ``--training-conf`` (seed000).
    """
    for name in options:
        if name not in OPTIONS:
            raise UsageError(f"no option --{name}", hint=did_you_mean(name, OPTIONS))
    protocol = options.get("protocol") or _told_by(path)
    if protocol == "seed000":
        from perdure.solutions.conversion.seed000.run import run_folder

        return run_folder(path, options, progress)
    if protocol == "panel":
        from perdure.solutions.conversion.benchmark.panel import run_panel

        return run_panel(path, options, progress)
    raise UsageError(f"no protocol {protocol!r}", hint=did_you_mean(protocol, PROTOCOLS))


def _told_by(path: Path) -> str:
    from perdure.solutions.conversion.importers import files
    from perdure.solutions.conversion.seed000.table import recognises

    if path.is_file() and recognises(files.header_or_none(path)):
        return "seed000"
    return "panel"
