"""The calibration chart: what was said against what happened."""

from __future__ import annotations

from collections.abc import Sequence

from perdure.interfaces.console.charts.figure import GRID, Figure, axis, line, tooltip
from perdure.interfaces.console.words import number, share
from perdure.interfaces.views.model import CalibrationRow


def calibration_figure(rows: Sequence[CalibrationRow]) -> Figure:
    """Groups of like predictions; on the dashed line they are exactly right."""
    top = rows[-1]
    end = _round_end(max(max(r.predicted, r.observed) for r in rows))
    points = [[r.predicted, r.observed] for r in rows]
    return Figure(
        title="Calibration",
        sentence=f"Where the model says {share(top.predicted)}, it came true for "
        f"{share(top.observed)} of {number(top.n)}{_verdict(top)}.",
        option={
            "grid": GRID,
            "tooltip": tooltip("share"),
            "xAxis": axis("value", "predicted", form="share", max=end, min=0),
            "yAxis": axis("value", form="share", max=end, min=0),
            "series": [line("observed", 1, points), line("exact", 0, [[0, 0], [end, end]])],
        },
        head=(("Predicted", True), ("Observed", True), ("n", True)),
        rows=tuple((share(r.predicted), share(r.observed), number(r.n)) for r in rows),
        legend=((1, "observed share"), (0, "exactly right")),
    )


def _round_end(value: float) -> float:
    """The end of an axis: the next round number, so that its last label is one of the others."""
    for end in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8):
        if value <= end:
            return end
    return 1.0


def _verdict(row: CalibrationRow) -> str:
    if not row.observed:
        return ""
    ratio = row.predicted / row.observed
    return f" (ratio {number(ratio, 2)})"
