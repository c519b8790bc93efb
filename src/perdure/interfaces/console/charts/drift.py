"""The drift chart: how far each feature moved, against its own usual variation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from perdure.interfaces.console.charts.figure import Figure, axis, tooltip
from perdure.interfaces.console.words import count, day, number
from perdure.interfaces.views.drift import DriftRow

SHOWN = 10


def drift_figure(rows: Sequence[DriftRow], at: datetime | None) -> Figure:
    """The features that moved most (population stability index), with the limit of each."""
    most = sorted(rows, key=lambda r: r.value, reverse=True)
    shown = list(reversed(most[:SHOWN]))
    return Figure(
        title="Drift",
        sentence=_sentence(most, at),
        option={
            "grid": {"left": 8, "right": 24, "top": 8, "bottom": 28, "containLabel": True},
            "tooltip": tooltip(),
            "xAxis": axis("value"),
            "yAxis": axis("category", data=[_short(r.feature) for r in shown]),
            "series": [
                {
                    "type": "bar",
                    "name": "moved",
                    "data": [r.value for r in shown],
                    "barMaxWidth": 10,
                    "itemStyle": {"color": "$series-1"},
                    "emphasis": {"disabled": True},
                },
                {
                    "type": "scatter",
                    "name": "limit",
                    "data": [[r.limit, _short(r.feature)] for r in shown],
                    "symbol": "rect",
                    "symbolSize": [2, 14],
                    "itemStyle": {"color": "$text"},
                    "emphasis": {"disabled": True},
                },
            ],
        },
        head=(("Feature", False), ("Moved (PSI)", True), ("Limit", True), ("State", False)),
        rows=tuple(
            (r.meaning or r.feature, number(r.value, 3), number(r.limit, 3), r.state.word)
            for r in most
        ),
        legend=((1, "how far it moved"), (0, "limit, from its own variation")),
        size="tall" if len(shown) > 7 else "",
    )


def _sentence(most: Sequence[DriftRow], at: datetime | None) -> str:
    over = [r for r in most if r.value > r.limit]
    when = f" on {day(at)}" if at else ""
    if not over:
        return f"No feature moved by more than its usual variation{when}."
    first = over[0]
    return (
        f"{count(len(over), 'feature')} of {len(most)} moved by more than usual{when}; most of all "
        f"{first.meaning or first.feature} ({number(first.value, 2)}, limit "
        f"{number(first.limit, 2)})."
    )


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:25]}…"
