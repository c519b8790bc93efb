"""Every monitor: what it looks at, and from when on it is an alarm."""

from __future__ import annotations

from perdure.platform.monitoring import performance, requests, slices, yardstick
from perdure.platform.monitoring.health import PARTS
from tools.reference.markdown import code, page, table

INTRODUCTION = """\
`perdure monitor SOLUTION` reads all of them. Each reading has a value, a limit, one of the words
`ok`, `noted`, `watch` and `alarm`, and the evidence behind it. `noted` has changed, and asks
nothing of anybody. What cannot be read yet, such as outcomes
that have not matured, is not read. The same data, model and moment are looked at once."""

REQUESTED = f"""\
An `alarm` opens an alarm, or counts it again where one stands. `ok` and `noted` close it; `watch`
leaves it as it is, so that a value that swings around its limit does not open and close alarms. An
alarm can ask for a run: one request is active for a case at a time, and after it there is a pause
of {requests.COOL_DOWN_DAYS:g} days."""

MONITORS = {
    "freshness": (
        "the age of each table's newest row",
        "older than three times the usual distance between deliveries, and than the longest yet",
    ),
    "volume": (
        "rows of each table in its last whole period",
        (
            "half or double the usual, and beyond three deviations of the periods before; once six "
            "periods are known, a quarter less or a third more, if no earlier one went so far"
        ),
    ),
    "feature-drift": (
        "how far each input has moved from the reference stored in the model (PSI)",
        (
            f"PSI above {yardstick.PSI_ALARM:g}, above what the reference itself varies from chunk "
            "to chunk, above what chance does to so few rows, and Jensen-Shannon beyond its own "
            "variation; with the false discovery rate kept over all inputs. Of one reference "
            f"period: PSI net of the level above {yardstick.PSI_ALARM_ONE:g}; a level more than "
            f"{yardstick.LEVEL_WATCH:g} times apart is watched. A level more than "
            f"{yardstick.LEVEL_ALARM:g} times apart is an alarm always. A number that weighs next "
            f"to nothing (the least inputs that make up {yardstick.NEGLIGIBLE:.0%} of all effects, "
            "or no input) is noted"
        ),
    ),
    "missing": (
        "how much the share of missing values of each input has grown",
        "by more than 0.2 and more than three deviations of the reference; or the input is gone",
    ),
    "new-categories": (
        "the share of rows whose label the reference does not know",
        "grown by more than 0.05, or by what is usual where the reference has rare labels itself",
    ),
    "prediction-drift": ("how far the scores have moved", "as feature-drift"),
    "slice-drift": (
        "how far the scores of each group (slices of the model card) moved away from others'",
        (
            f"by more than {slices.APART_ALARM:g} standard deviations, beyond chance, with "
            f"{slices.ENOUGH} rows or more; groups below {slices.FEWEST} rows are not read"
        ),
    ),
    "expected-performance": (
        "the AUC to be expected without outcomes, from the calibrated scores (CBPE)",
        (
            "0.08 below the measured one, and beyond three deviations; it sees a change of who is "
            "scored, not of how outcomes come about"
        ),
    ),
    "calibration": (
        "expected over observed events, for all rows and for the best-scored tenth",
        f"outside {performance.LOW:g} to {performance.HIGH:g}, and beyond what chance explains",
    ),
    "slice-calibration": (
        "expected over observed events of each group",
        (
            f"outside {performance.LOW:g} to {performance.HIGH:g}, beyond three deviations, with "
            f"{slices.ENOUGH} rows or more; groups below {slices.FEWEST} rows are not read"
        ),
    ),
    "realised-performance": (
        "AUC and the solution's own metric on matured outcomes",
        "even the upper end of the interval lies below the lower end measured at release",
    ),
}


def pages() -> dict[str, str]:
    """The page of monitors."""
    rows = [[code(name), part, *MONITORS[name]] for part, names in PARTS.items() for name in names]
    header = ["monitor", "part of health", "looks at", "alarm when"]
    parts = [INTRODUCTION, table(header, rows), "## Alarms and requests", REQUESTED]
    return {"reference/monitors.md": page("Monitors", *parts)}
