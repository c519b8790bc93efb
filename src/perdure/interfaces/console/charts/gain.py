"""The gain chart: how many of those sought are found in the first part of the list."""

from __future__ import annotations

from collections.abc import Sequence

from perdure.interfaces.console.charts.figure import GRID, Figure, axis, line, tooltip
from perdure.interfaces.console.words import number, share
from perdure.interfaces.views.model import GainRow

Curve = tuple[str, tuple[GainRow, ...]]


def gain_figure(curves: Sequence[Curve]) -> Figure:
    """Gain of the served model beside the baselines; the first curve is the model."""
    rows = curves[0][1]
    first = rows[0]
    lines = [
        line(title, index, [[0.0, 0.0], *([r.share, r.found] for r in points)])
        for index, (title, points) in enumerate(curves[:5], start=1)
    ]
    lines.append(line("no model", 0, [[0, 0], [1, 1]]))
    return Figure(
        title="Gain",
        sentence=f"The first {share(first.share, 0)} of the list holds {share(first.found, 0)} of "
        f"those sought: {number(first.lift, 1)} times as many as chance.",
        option={
            "grid": GRID,
            "tooltip": tooltip("share"),
            "xAxis": axis("value", "share of the list", form="share", max=1),
            "yAxis": axis("value", form="share", max=1),
            "series": lines,
        },
        head=(
            ("List", True),
            *((f"Found by {title}", True) for title, _ in curves[:5]),
            ("Lift", True),
        ),
        rows=tuple(_row(rows, curves[:5], index) for index in range(len(rows))),
        legend=(*((i, title) for i, (title, _) in enumerate(curves[:5], start=1)), (0, "no model")),
    )


def _row(rows: tuple[GainRow, ...], curves: Sequence[Curve], index: int) -> tuple[str, ...]:
    found = (share(p[index].found) if index < len(p) else "–" for _, p in curves)
    return (share(rows[index].share, 0), *found, number(rows[index].lift, 2))
