"""A project with NAMCS office visits of some years and a model of them, made once.

Used by the benchmarks that need the assistant as it is served. The years are copied into the
project's own tables; the folder should be a temporary one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

YEARS = (2006, 2007, 2008, 2009)
FILES = ("visits", "items", "names")


def place() -> Path:
    """The folder of visits: beside the repository, or where PERDURE_SHARED_DATA says."""
    told = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(told) if told else Path(__file__).parents[2] / "shared" / "data"
    return root / "namcs"


def subset(data: Path, folder: Path, years: tuple[int, ...]) -> Path:
    """The same three files with the visits of some years only."""
    import polars as pl

    folder.mkdir(parents=True, exist_ok=True)
    visits = pl.read_parquet(data / "visits.parquet").filter(pl.col("year").is_in(years))
    visits.write_parquet(folder / "visits.parquet")
    items = pl.read_parquet(data / "items.parquet")
    items.join(visits, on="visit_id", how="semi").write_parquet(folder / "items.parquet")
    pl.read_parquet(data / "names.parquet").write_parquet(folder / "names.parquet")
    return folder


def prepared(folder: Path, data: Path) -> Path:
    """The project below ``folder``; imported, trained and put into service when it is absent."""
    root = folder / "clinic"
    if not (root / "ready").is_file():
        years = subset(data, folder / "years", YEARS)
        _perdure("init", str(root))
        _perdure("data", "import", "namcs", str(years), "--project", str(root))
        _perdure("run", "prescription", "train", "--project", str(root))
        serve_newest(root)
        (root / "ready").write_text("1\n")
    return root


def serve_newest(root: Path) -> str:
    """Put the newest version into service, whatever the gate said of it: it is only timed."""
    from perdure.platform.registry.gate import Check, GateReport
    from perdure.platform.registry.registry import Registry
    from perdure.platform.storage.project import Project

    registry = Registry(Project(root))
    newest = registry.versions("prescription/default")[-1].reference
    if registry.champion("prescription/default") is None:
        gate = GateReport(newest, None, (Check("benchmark", "passed", "any", "any"),))
        registry.promote(newest, actor="benchmark", reason="measured, not used", gate=gate)
    return newest


def _perdure(*words: str) -> None:
    code = "import sys; from perdure.interfaces.cli.main import main; sys.exit(main())"
    # Exit code 1 of ``run`` says that the gate refused: such a model is measured all the same.
    subprocess.run([sys.executable, "-c", code, *words], check=False, stdout=sys.stderr)
