"""Exports hold the whole list, and nothing in them can act."""

from __future__ import annotations

import csv
import io

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
