"""Charts are data: checked without a browser, each with its sentence and its table."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from perdure.interfaces.console import charts
from perdure.interfaces.console.charts.calibration import calibration_figure
from perdure.interfaces.console.charts.drift import drift_figure
from perdure.interfaces.console.charts.gain import gain_figure
from perdure.interfaces.console.charts.performance import performance_figure
from perdure.interfaces.console.charts.timeline import timeline_figure
from perdure.interfaces.views.drift import DriftRow
from perdure.interfaces.views.model import CalibrationRow, GainRow
from perdure.interfaces.views.performance import Performance, PerformancePoint
from perdure.interfaces.views.states import State
from perdure.kernel.evidence import Measured
from perdure.kernel.timeline import Event, Series, Timeline

JAN, FEB = datetime(2026, 1, 31), datetime(2026, 2, 28)
GAIN = (GainRow(0.1, 0.4, 4.0), GainRow(1.0, 1.0, 1.0))
CALIBRATION = (CalibrationRow(0.02, 0.01, 500), CalibrationRow(0.21, 0.2, 500))
DRIFT = tuple(
    DriftRow(f"f{i}", f"feature {i}", 0.3 / (i + 1), 0.1, State("ok", "steady")) for i in range(14)
)
TIMELINE = Timeline(
    (), (Series("brand", "claims", ((JAN, 1.0), (FEB, 3.0))),), (Event(JAN, "call", "a visit"),)
)
KNOWN = PerformancePoint(JAN, 0.81, 0.8, 0.77, 0.83, 900)
WAITING = PerformancePoint(FEB, 0.82)
RELEASED = Measured("c", "served", "auc", 0.83)
FIGURES = {
    "gain": gain_figure([("served", GAIN), ("volume", GAIN)]),
    "calibration": calibration_figure(CALIBRATION),
    "drift": drift_figure(DRIFT, JAN),
    "performance": performance_figure(Performance((KNOWN, WAITING), RELEASED)),
    "performance before outcomes": performance_figure(Performance((WAITING,), None)),
    "timeline": timeline_figure(TIMELINE),
    "timeline without events": timeline_figure(Timeline((), TIMELINE.series, ())),
    "timeline without series": timeline_figure(Timeline((), (), TIMELINE.events)),
}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_a_figure_says_the_same_in_words_and_numbers(figure):
    assert figure.sentence.endswith(".")
    assert figure.rows
    assert all(len(row) == len(figure.head) for row in figure.rows)


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_an_option_is_json_with_colours_by_name(figure):
    text = json.dumps(figure.option, allow_nan=False)
    assert "#" not in text
    used = set(re.findall(r'"\$([a-z0-9-]+)"', text))
    static = Path(charts.__file__).parents[1] / "static"
    known = set(re.findall(r"--([a-z0-9-]+):", (static / "tokens.css").read_text()))
    assert used <= known
    assert set(re.findall(r'"@([a-z]+)"', text)) <= {"share", "number"}
    assert '"renderMode": "richText"' in text


def test_gain_names_the_lift():
    assert "first 10 % of the list holds 40 %" in FIGURES["gain"].sentence.replace("\u00a0", " ")
    assert "4.0 times" in FIGURES["gain"].sentence


def test_drift_counts_what_moved_and_shows_the_ten_largest():
    assert FIGURES["drift"].sentence.startswith("2 features of 14 moved by more than usual")
    assert len(FIGURES["drift"].option["series"][0]["data"]) == 10
    assert len(FIGURES["drift"].rows) == 14


def test_performance_leaves_a_gap_where_outcomes_have_not_matured():
    figure = FIGURES["performance"]
    came, expected, interval, release = figure.option["series"]
    assert [value for _, value in came["data"]] == [0.8, None]
    assert [value for _, value in expected["data"]] == [0.81, 0.82]
    assert [value for _, value in interval["data"]] == [0.77, 0.83, None]
    assert {value for _, value in release["data"]} == {0.83}
    assert figure.rows[0][1] == "not matured"
    assert "1 date have not matured" in figure.sentence.replace("\u00a0", " ")
    first = FIGURES["performance before outcomes"]
    assert first.sentence.startswith("No outcome has matured yet")
    assert len(first.option["series"]) == 3


def test_timeline_puts_lines_and_events_on_one_time_axis():
    above, below = FIGURES["timeline"].option["xAxis"]
    assert (above["min"], above["max"]) == (below["min"], below["max"])
    assert below["min"].startswith("2026-01-31")


def test_series_differ_by_marker_as_well_as_colour():
    lines = [s for s in FIGURES["gain"].option["series"] if s["symbol"] != "none"]
    assert len({s["symbol"] for s in lines}) == len(lines) == 2
