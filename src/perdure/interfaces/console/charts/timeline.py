"""The timeline of one entity: its series over time, and what happened, on one time axis."""

from __future__ import annotations

from datetime import datetime

from perdure.interfaces.console.charts.figure import SYMBOLS, Figure, Option, axis, line, tooltip
from perdure.interfaces.console.words import count, day, number
from perdure.kernel.timeline import Event, Series, Timeline

LANES = 6


def timeline_figure(timeline: Timeline) -> Figure:
    """Lines above, one lane of marks for each kind of event below."""
    series = timeline.series[:6]
    kinds = tuple(dict.fromkeys(event.kind for event in timeline.events))[:LANES]
    lines = [_line(s, i) for i, s in enumerate(series, start=1)]
    first, last = _span(timeline)
    span = {"min": _stamp(first), "max": _stamp(last)}
    marks = [_marks(kind, i, timeline.events) for i, kind in enumerate(kinds)]
    return Figure(
        title="Timeline",
        sentence=_sentence(timeline),
        option={
            "tooltip": tooltip(),
            "grid": _grids(len(kinds)),
            "xAxis": _time_axes(span, bool(kinds)),
            "yAxis": [axis("value", min=0), _lanes(kinds)][: 1 + bool(kinds)],
            "axisPointer": {"link": [{"xAxisIndex": "all"}]},
            "series": [*lines, *marks],
        },
        head=(("When", False), ("What", False), ("Value", True)),
        rows=_rows(timeline),
        legend=tuple((i, f"{s.name} ({s.unit})") for i, s in enumerate(series, start=1)),
        size="tall",
    )


def _span(timeline: Timeline) -> tuple[datetime, datetime]:
    """The first and the last moment of anything: both charts have the same time axis."""
    moments = [at for s in timeline.series for at, _ in s.points]
    moments += [event.at for event in timeline.events]
    return min(moments), max(moments)


def _time_axes(span: Option, lanes: bool) -> list[Option]:
    above = axis("time", show=not lanes, **span)
    return [above, axis("time", gridIndex=1, **span)] if lanes else [above]


def _line(series: Series, index: int) -> Option:
    points = [[_stamp(at), value] for at, value in series.points]
    return line(series.name, index, points, showSymbol=len(points) < 40)


def _marks(kind: str, lane: int, events: tuple[Event, ...]) -> Option:
    return {
        "type": "scatter",
        "name": kind,
        "xAxisIndex": 1,
        "yAxisIndex": 1,
        "data": [[_stamp(event.at), kind] for event in events if event.kind == kind],
        "symbol": SYMBOLS[lane % len(SYMBOLS)],
        "symbolSize": 9,
        "itemStyle": {"color": f"$series-{lane % 6 + 1}", "opacity": 0.9},
        "emphasis": {"disabled": True},
    }


def _grids(lanes: int) -> list[Option]:
    """The line chart takes what the lanes leave of 340 pixels."""
    if not lanes:
        return [{"left": 92, "right": 16, "top": 12, "bottom": 32}]
    below = 26 * lanes
    return [
        {"left": 92, "right": 16, "top": 12, "bottom": below + 44},
        {"left": 92, "right": 16, "height": below, "bottom": 28},
    ]


def _lanes(kinds: tuple[str, ...]) -> Option:
    lanes = axis("category", gridIndex=1, data=list(kinds), inverse=True)
    lanes["splitLine"] = {"show": True, "lineStyle": {"color": "$line"}}
    return lanes


def _sentence(timeline: Timeline) -> str:
    parts = []
    for series in timeline.series[:2]:
        if series.points:
            last_at, last = series.points[-1]
            parts.append(f"{number(last)} {series.unit} of {series.name} at {day(last_at)}")
    parts.append(f"{count(len(timeline.events), 'event')} on record")
    return f"{'; '.join(parts)}."


def _rows(timeline: Timeline) -> tuple[tuple[str, ...], ...]:
    points = [(at, s.name, number(v, 1)) for s in timeline.series for at, v in s.points]
    events = [(event.at, event.kind, event.text) for event in timeline.events]
    ordered = sorted([*points, *events], key=lambda row: row[0])
    return tuple((day(at), what, value) for at, what, value in ordered[-400:])


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
