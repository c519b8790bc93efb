"""Exports hold the whole list, and nothing in them can act."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from perdure.interfaces.console import exports
from perdure.interfaces.views import ranked, scope

CASE = "/solutions/conversion/demovel"


def test_csv_holds_every_row_of_the_view(client):
    answer = client.get(f"{CASE}/export.csv?view=all&order=probability")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="conversion-demovel.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["entity"] for row in rows] == [f"10000{n:05d}" for n in range(120)]
    assert float(rows[0]["probability"]) == 0.31


def test_no_cell_is_a_formula(client):
    text = client.get(f"{CASE}/export.csv?view=all&order=probability").text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t")] == []


def test_json_keeps_effects(client):
    rows = client.get(f"{CASE}/export.json?territory=NJ-01").json()
    assert len(rows) == 15
    assert {"text", "effect"} == set(rows[0]["reasons"][0])
    assert all(row["territory"] == "NJ-01" for row in rows)


def test_an_export_follows_the_filter(client):
    rows = client.get(f"{CASE}/export.json?view=holdout").json()
    assert {row["arm"] for row in rows} == {"holdout"}


def test_an_export_says_what_a_worth_is(project):
    place = scope.resolve(project, "conversion", "demovel")
    rows = ranked.everything(project, place, ranked.Query(action="call"))
    assert rows
    assert ranked.everything(project, place, ranked.Query(action="letter")) == []
    worth = "donations over leaving alone, simulated"
    policy = replace(place, solution=replace(place.solution, worth=worth))
    told = next(csv.DictReader(io.StringIO(exports.answer("csv", policy, rows).body.decode())))
    assert told["worth_is"] == worth
    assert float(told["worth"]) == pytest.approx(rows[0].decided_score, abs=1e-6)
    plain = next(csv.DictReader(io.StringIO(exports.answer("csv", place, rows).body.decode())))
    assert (plain["worth"], plain["worth_is"]) == ("", "")
    assert 0 < float(plain["propensity"]) < 1
