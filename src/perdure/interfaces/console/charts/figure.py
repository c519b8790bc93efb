"""A figure: title, finding in one sentence, chart option, legend, and table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Option = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. Colours in ``option`` are token names (``$series-1``), formats ``@share``.

    ``head`` is (text, is a number) of each column of the table; ``legend`` (series, text), where
    series 0 is a dashed line of reference.
    """

    title: str
    sentence: str
    option: Option
    head: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[tuple[int, str], ...] = ()
    size: str = field(default="")


SYMBOLS = ("circle", "rect", "triangle", "diamond", "emptyCircle", "arrow")


def axis(kind: str, name: str = "", *, form: str = "number", **more: Any) -> Option:
    """An axis with quiet lines, labels in the muted colour."""
    label = {"color": "$muted", "fontSize": 12, "hideOverlap": True}
    if kind == "value":
        label["formatter"] = f"@{form}"
    return {
        "type": kind,
        "name": name,
        "nameLocation": "middle",
        "nameGap": 28,
        "nameTextStyle": {"color": "$muted", "fontSize": 12},
        "axisLabel": label,
        "axisLine": {"show": True, "lineStyle": {"color": "$line-strong"}},
        "axisTick": {"show": False},
        "splitLine": {"show": kind == "value", "lineStyle": {"color": "$line"}},
        **more,
    }


def tooltip(form: str = "number", trigger: str = "axis") -> Option:
    """A tooltip drawn inside the chart, so that the page needs no inline style."""
    return {
        "trigger": trigger,
        "renderMode": "richText",
        "confine": True,
        "backgroundColor": "$raised",
        "borderColor": "$line-strong",
        "borderWidth": 1,
        "padding": [6, 10],
        "textStyle": {"color": "$text", "fontSize": 12},
        "valueFormatter": f"@{form}",
        "axisPointer": {"lineStyle": {"color": "$field"}},
    }


def line(name: str, index: int, data: list[list[Any]], **more: Any) -> Option:
    """A line of series ``index`` (1 .. 6) with its own marker; 0 is a dashed reference."""
    if index == 0:
        style = {"color": "$muted", "width": 1, "type": "dashed"}
        return {"type": "line", "name": name, "data": data, "symbol": "none", "lineStyle": style,
                "itemStyle": {"color": "$muted"}, "silent": True, **more}  # fmt: skip
    colour = f"$series-{index}"
    return {
        "type": "line",
        "name": name,
        "data": data,
        "symbol": SYMBOLS[index - 1],
        "symbolSize": 6,
        "lineStyle": {"color": colour, "width": 2},
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
        **more,
    }


GRID: Option = {"left": 52, "right": 16, "top": 16, "bottom": 44}
