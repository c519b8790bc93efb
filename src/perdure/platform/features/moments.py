"""The moments of a plan: every index date once, with the bounds of each window before it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from perdure.kernel.features import Window
from perdure.platform.features.plan import Step
from perdure.platform.features.relational import row_number, select, subquery
from perdure.platform.features.syntax import column, equal, named, number, table

MOMENTS = "_moments"
MOMENT = "_moment"
AT = "at"
SPINE = "spine"


def low(window: str) -> str:
    """The column that holds where the window begins (the beginning itself is outside)."""
    return f"_low_{window}"


def middle(window: str) -> str:
    """The column that holds where the newer half of the window begins."""
    return f"_mid_{window}"


def shifted(moment: exp.Expr, count: int, unit: str) -> exp.Expr:
    """The moment ``count`` days or hours later, earlier when negative."""
    span = exp.Interval(this=exp.Literal.string(str(abs(count))), unit=exp.var(unit))
    kind = exp.Sub if count < 0 else exp.Add
    return kind(this=moment.copy(), expression=span)


def months_away(moment: exp.Expr, months: int) -> exp.Expr:
    """The same day some months away; the last day of a month stays a last day.

    The SQL of :func:`perdure.kernel.clock.same_day_or_month_end`: counted from the first of the
    next month, a month's end never slips to the 30th or the 28th.
    """
    next_day = shifted(moment, 1, "DAY")
    is_last = equal(exp.Extract(this=exp.var("DAY"), expression=next_day), number(1))
    by_end = shifted(shifted(next_day, months, "MONTH"), -1, "DAY")
    by_day = shifted(moment, months, "MONTH")
    return exp.Case(ifs=[exp.If(this=is_last, true=by_end)], default=by_day)


def beginning(moment: exp.Expr, window: Window) -> exp.Expr:
    """Where a window that ends at the moment begins."""
    if window.unit == "d":
        return shifted(moment, -window.length, "DAY")
    return months_away(moment, -window.length)


def half_way(moment: exp.Expr, window: Window) -> exp.Expr:
    """Where the newer half begins; half of an odd number of months ends in 15 days."""
    if window.unit == "d":
        return shifted(moment, -window.length * 12, "HOUR")
    months, odd = divmod(window.length, 2)
    made = months_away(moment, -months) if months else moment
    return shifted(made, -15, "DAY") if odd else made


def last_moment() -> exp.Expr:
    """The newest index date."""
    newest = exp.Max(this=column(AT, "l"))
    return exp.Subquery(this=select([newest], table(MOMENTS, "l")))


def moments_step(windows: Iterable[str], halved: Iterable[str]) -> Step:
    """Every distinct ``at`` of the spine with its number and window bounds."""
    at = column(AT)
    moments = select([at.copy()], SPINE, distinct=True)
    lows = (named(beginning(at, Window.of(w)), low(w)) for w in sorted(set(windows)))
    middles = (named(half_way(at, Window.of(w)), middle(w)) for w in sorted(set(halved)))
    query = select(
        [named(row_number([at]), MOMENT), at.copy(), *lows, *middles], subquery(moments, "s")
    )
    return Step(MOMENTS, query, "every index date, with the bounds of its windows")
