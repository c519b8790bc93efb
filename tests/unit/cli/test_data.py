"""What ``perdure data`` tells of what it read, beside the counts."""

from __future__ import annotations

import json

import pytest

from perdure.interfaces.cli.main import run

CLAIMS = "npi,market,product,event_time,known_at,claims,colour\n"
PANEL = "Code,Grouping,Classification,Specialization\n207Q00000X,Physicians,Family Medicine,\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    assert run(["init", str(tmp_path / "project")]) == 0
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path


def test_how_dates_were_read_and_what_found_no_column_is_printed(folder, capsys):
    (folder / "c.csv").write_text(CLAIMS + "9990000017,m,B,03/04/2026,05/04/2026,1,red\n")
    capsys.readouterr()
    assert run(["data", "import", "claims", str(folder / "c.csv")]) == 0
    out = capsys.readouterr().out
    assert "dates in 'event_time' such as '03/04/2026' were read as month/day/year" in out
    assert "not used: colour" in out
    assert "no column for, left empty: patients, cost, days_supply, suppressed" in out


def test_a_file_that_was_taken_in_before_is_told(folder, capsys):
    (folder / "c.csv").write_text(CLAIMS + "9990000017,m,B,2026-01-31,2026-02-15,1,red\n")
    for _ in range(2):
        capsys.readouterr()
        assert run(["data", "import", "claims", str(folder / "c.csv")]) == 0
    assert "c.csv was taken in before, nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize("as_json", [False, True])
def test_files_of_a_folder_that_were_left_out_are_told(folder, capsys, as_json):
    files = folder / "files"
    files.mkdir()
    (files / "nucc_taxonomy_240.csv").write_text(PANEL)
    (files / "other.csv").write_text("a,b\n1,2\n")
    (files / "packed.zip").write_bytes(b"PK\x03\x04")
    capsys.readouterr()
    words = ["data", "import", "cms", str(files)] + ["--json"] * as_json
    assert run(words) == 0
    out = capsys.readouterr().out
    told = "\n".join(json.loads(out)["remarks"]) if as_json else out
    assert "other.csv: left out, not of a known kind" in told
    assert "packed.zip: left out" in told


def test_a_file_whose_name_is_no_text_is_refused_with_the_name(folder, capsys):
    path = folder / b"\xff\xfe.csv".decode(errors="surrogateescape")
    path.write_text(CLAIMS + "1,m,B,2026-01-31,2026-02-15,1,red\n")
    capsys.readouterr()
    assert run(["data", "import", "claims", str(path)]) == 2
    assert r"not UTF-8: b'\xff\xfe.csv'" in capsys.readouterr().err


@pytest.mark.parametrize(("cells", "rows"), [(",", 0), (",false", 0), (",true", 1), ("0,", 1)])
def test_a_row_without_a_count_must_say_that_it_is_hidden(folder, capsys, cells, rows):
    head = "npi,market,product,event_time,known_at,claims,suppressed\n"
    (folder / "c.csv").write_text(head + f"9990000017,m,B,2026-01-31,2026-02-15,{cells}\n")
    capsys.readouterr()
    assert run(["data", "import", "claims", str(folder / "c.csv"), "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)["tables"]
    assert report["stored"] == rows
    assert report["by_rule"] == ({} if rows else {"hidden-or-counted": 1})
