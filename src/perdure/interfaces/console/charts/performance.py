"""The chart of performance over time: what came true, what was expected, what release measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from perdure.interfaces.console.charts.figure import GRID, Figure, Option, axis, line, tooltip
from perdure.interfaces.console.words import count, day, number
from perdure.interfaces.views.performance import Performance, PerformancePoint

WAITING = "not matured"


def performance_figure(found: Performance) -> Figure:
    """AUC by date of the scores, with a gap where outcomes have not matured yet."""
    points = found.points
    ends = _ends(found)
    return Figure(
        title="Performance over time",
        sentence=_sentence(found),
        option={
            "grid": GRID,
            "tooltip": tooltip(),
            "xAxis": axis("category", "date of the scores", data=[day(p.at) for p in points]),
            "yAxis": axis("value", min=ends[0], max=ends[1]),
            "series": [
                line("came true", 1, [[day(p.at), p.realised] for p in points]),
                line("expected", 2, [[day(p.at), p.expected] for p in points]),
                _intervals(points),
                *_release(found),
            ],
        },
        head=(
            ("Scores of", False),
            ("Came true", True),
            ("Low", True),
            ("High", True),
            ("n", True),
            ("Expected", True),
        ),
        rows=tuple(_row(p) for p in reversed(points)),
        legend=(
            (1, "came true, 95 % interval"),
            (2, "expected without outcomes"),
            *(((0, "measured at release"),) if found.released else ()),
        ),
    )


def _intervals(points: Sequence[PerformancePoint]) -> Option:
    """One upright line a date; the empty point after each one keeps them apart."""
    ends: list[list[Any]] = []
    for point in points:
        if point.low is not None and point.high is not None:
            at = day(point.at)
            ends += [[at, point.low], [at, point.high], [at, None]]
    thin = {"color": "$series-1", "width": 1}
    return line("interval", 1, ends, symbol="none", silent=True, lineStyle=thin) | {
        "tooltip": {"show": False}
    }


def _release(found: Performance) -> list[Option]:
    if found.released is None:
        return []
    level = found.released.value
    return [line("at release", 0, [[day(p.at), level] for p in found.points])]


def _ends(found: Performance) -> tuple[float, float]:
    """The ends of the axis: tenths around everything that is drawn, chance at the least."""
    level = [found.released.value] if found.released else []
    known = [*level, *(v for p in found.points for v in _values(p))]
    low = min([0.5, *(int(v * 10) / 10 for v in known)])
    return low, min(1.0, max([0.6, *(int(v * 10 + 0.999) / 10 for v in known)]))


def _values(point: PerformancePoint) -> Iterable[float]:
    found = (point.expected, point.realised, point.low, point.high)
    return (value for value in found if value is not None)


def _row(point: PerformancePoint) -> tuple[str, ...]:
    came = WAITING if point.realised is None else number(point.realised, 3)
    ends = (number(point.low, 3), number(point.high, 3))
    return (day(point.at), came, *ends, number(point.rows), number(point.expected, 3))


def _sentence(found: Performance) -> str:
    known = [p for p in found.points if p.realised is not None]
    waiting = len(found.points) - len(known)
    later = f"; the outcomes of {count(waiting, 'date')} have not matured" if waiting else ""
    level = f", {number(found.released.value, 3)} at release" if found.released else ""
    if not known:
        newest = found.points[-1]
        said = f"No outcome has matured yet; {number(newest.expected, 3)} is to be expected"
        return f"{said} of the scores of {day(newest.at)}{level}."
    last = known[-1]
    return (
        f"Of the scores of {day(last.at)} an AUC of {number(last.realised, 3)} came true "
        f"({number(last.low, 3)} to {number(last.high, 3)}){level}{later}."
    )
