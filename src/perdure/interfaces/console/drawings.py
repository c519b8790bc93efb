"""Small drawings made by the server as SVG: no script, no inline style, testable as text."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_SHAPES = {
    "ok": '<circle cx="5" cy="5" r="4" fill="currentColor"/>',
    "watch": '<path d="M5 .4 9.6 5 5 9.6.4 5z" fill="currentColor"/>',
    "alarm": '<path d="M5 .6 9.8 9.2H.2z" fill="currentColor"/>',
    "off": '<circle cx="5" cy="5" r="3.4" fill="none" stroke="currentColor" stroke-width="1.5"/>',
}
_SERIES_SHAPES = (
    '<circle cx="5" cy="5" r="4" fill="currentColor"/>',
    '<rect x="1.2" y="1.2" width="7.6" height="7.6" fill="currentColor"/>',
    '<path d="M5 .8 9.4 9H.6z" fill="currentColor"/>',
    '<path d="M5 .4 9.6 5 5 9.6.4 5z" fill="currentColor"/>',
    '<circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" stroke-width="2"/>',
    '<path d="M5 9.2.6 1h8.8z" fill="currentColor"/>',
)


def _svg(width: int, height: int, body: str, kind: str = "") -> Markup:
    return Markup(  # noqa: S704  body holds numbers and constants of this file only
        f'<svg class="{kind}" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'aria-hidden="true">{body}</svg>'
    )


def shape(level: str) -> Markup:
    """The shape of a state: disc, diamond, triangle, ring.

    >>> "circle" in shape("ok")
    True
    """
    return _svg(10, 10, _SHAPES[level])


def series_shape(index: int) -> Markup:
    """The marker of a series in a legend, the same that the chart draws; 0 is a dashed line."""
    if index == 0:
        return _svg(14, 10, '<path d="M0 5h14" stroke="currentColor" stroke-dasharray="3 2"/>')
    return _svg(10, 10, _SERIES_SHAPES[(index - 1) % len(_SERIES_SHAPES)])


def way(effect: float) -> Markup:
    """A small triangle: up when it raises the score, down when it lowers it."""
    path = "M4 1 7.5 7h-7z" if effect >= 0 else "M4 7 .5 1h7z"
    return _svg(8, 8, f'<path d="{path}" fill="currentColor"/>', "way")


def bar(value: float, *, width: int = 56, mark: float | None = None, tone: str = "") -> Markup:
    """A bar of a share between 0 and 1, with an optional mark (a limit, a base rate)."""
    filled = _within(value) * width
    body = f'<rect class="bar-track" width="{width}" height="4" y="3" rx="2"/>'
    body += f'<rect class="bar-fill {tone}" width="{filled:.1f}" height="4" y="3" rx="2"/>'
    if mark is not None:
        at = _within(mark) * width
        body += f'<line class="bar-mark" x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="10"/>'
    return _svg(width, 10, body)


def effect(value: float, largest: float, *, width: int = 96) -> Markup:
    """A bar from the middle: to the right it raises the score, to the left it lowers it."""
    half = width / 2
    length = _within(abs(value) / largest if largest else 0) * half
    start, tone = (half, "up") if value >= 0 else (half - length, "down")
    body = f'<line class="axis-line" x1="{half}" x2="{half}" y1="0" y2="10"/>'
    body += f'<rect class="effect-{tone}" x="{start:.1f}" y="2" width="{length:.1f}" height="6"/>'
    return _svg(width, 10, body)


def interval(
    value: float, low: float | None, high: float | None, start: float, end: float, strong: bool
) -> Markup:
    """A dot with its interval on the common axis ``start .. end``."""
    width, span = 180, (end - start) or 1.0

    def at(number: float) -> float:
        return 6 + _within((number - start) / span) * (width - 12)

    body = f'<line class="axis-line" x1="0" x2="{width}" y1="7" y2="7"/>'
    if low is not None and high is not None:
        body += f'<line class="whisker" x1="{at(low):.1f}" x2="{at(high):.1f}" y1="7" y2="7"/>'
    tone = "" if strong else " reference"
    body += f'<circle class="dot{tone}" cx="{at(value):.1f}" cy="7" r="4"/>'
    return _svg(width, 14, body)


def sparkline(values: Sequence[float], *, width: int = 72, height: int = 18) -> Markup:
    """The course of a number without axes; fewer than two values draw nothing.

    >>> sparkline([1.0])
    Markup('')
    """
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (width - 4) / (len(values) - 1)
    points = " ".join(
        f"{2 + i * step:.1f},{height - 3 - (v - low) / span * (height - 6):.1f}"
        for i, v in enumerate(values)
    )
    return _svg(width, height, f'<polyline class="spark" points="{points}"/>')


def _within(value: float) -> float:
    return min(max(value, 0.0), 1.0) if value == value else 0.0  # NaN draws nothing
