"""A benchmark beside that of the solution: how many lines a file has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from perdure.kernel.evidence import BenchReport, Measured, Verdict
from perdure.kernel.progress import SILENT, Progress


def bench(path: Path, options: Mapping[str, str], progress: Progress = SILENT) -> BenchReport:
    """Count lines; the verdict wants ``--least`` of them (1)."""
    found, least = len(path.read_text().splitlines()), int(options.get("least", 1))
    verdict = Verdict("enough lines", f"{least} or more", str(found), holds=found >= least)
    return BenchReport(
        "shop", {"file": path.name}, [Measured("file", "lines", "count", found)], [verdict]
    )
