from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from perdure.interfaces.cli.main import COMMANDS, run
from perdure.interfaces.cli.output import table
from perdure.kernel.errors import StoreError
from perdure.platform.storage.soundness import quick_check


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(list(words))
    out = capsys.readouterr()
    return code, out.out, out.err


def test_help_lists_every_command_and_imports_none_of_them() -> None:
    code = (
        "import sys; from perdure.interfaces.cli.main import run; run(['--help']);"
        "print([m for m in sys.modules if m.startswith(('perdure.platform', 'pydantic', 'yaml'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for name in COMMANDS:
        assert f"  {name} " in done.stdout


def test_every_listed_command_exists_and_explains_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in COMMANDS:
        code, out, _ = said(capsys, name, "--help")
        assert code == 0, name
        assert "Usage: perdure " + name in out


def test_a_mistyped_command_names_the_nearest_and_exits_with_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _, err = said(capsys, "dmeo")
    assert code == 2
    assert "did you mean 'demo'?" in err


def test_an_error_is_one_json_object_when_json_was_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = said(capsys, "data", "list", "--json")
    assert code == 2
    assert json.loads(out)["error"] == "UsageError"
    assert "perdure init" in err


def test_init_writes_few_commented_files_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "clinic"
    code, out, _ = said(capsys, "init", str(folder), "--json")
    assert code == 0
    written = json.loads(out)["written"]
    assert 0 < len(written) <= 12
    marker = folder / "conf" / "base" / "project.yaml"
    marker.write_text("name: kept\n")
    code, out, _ = said(capsys, "init", str(folder), "--json")
    assert (code, json.loads(out)["written"]) == (0, [])
    assert marker.read_text() == "name: kept\n"


def test_doctor_finds_a_secret_and_an_open_token(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "clinic"
    said(capsys, "init", str(folder))
    code, out, _ = said(capsys, "doctor", "--project", str(folder), "--json")
    assert (code, json.loads(out)["wrong"]) == (0, [])
    (folder / "conf" / "base" / "store.yaml").write_text("api_key: 'a1b2c3d4e5f6g7h8i9'\n")
    token = folder / "var" / "token"
    token.write_text("x")
    token.chmod(0o644)
    code, out, _ = said(capsys, "doctor", "--project", str(folder), "--json")
    wrong = json.loads(out)["wrong"]
    assert code == 1
    assert any("store.yaml:1" in line for line in wrong)
    assert any("chmod 600" in line for line in wrong)


def test_tables_line_up_and_put_numbers_to_the_right() -> None:
    assert table(["a", "n"], [["x", 1], ["yy", 10]]).splitlines() == ["a    n", "x    1", "yy  10"]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda var: next(var.rglob("*.parquet")).unlink(), "a file is missing"),
        (lambda var: (var / "ops.sqlite").write_bytes(b"garbage" * 999), "the store is damaged"),
        (lambda var: (var / "ops.sqlite").write_bytes(b""), "the store is empty"),
        (lambda var: (var / "ops.sqlite").unlink(), "the store is missing"),
        (lambda var: shutil.rmtree(var / "lake/claims/_delta_log"), "its log is gone"),
    ],
)
def test_doctor_finds_what_was_kept_and_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], harm: Callable[[Path], object], words: str
) -> None:
    folder = tmp_path / "clinic"
    assert run(["init", str(folder)]) == 0
    rows = "npi,market,product,event_time,known_at,claims\n1234567893,m,x,2026-01-31,2026-02-15,1\n"
    (tmp_path / "claims.csv").write_text(rows)
    where = ["--project", str(folder)]
    assert run(["data", "import", "claims", str(tmp_path / "claims.csv"), *where]) == 0
    (folder / "var" / "artifacts" / "kept").mkdir(parents=True)
    assert run(["doctor", *where]) == 0
    for log in (folder / "var").glob("ops.sqlite-*"):
        log.unlink()
    harm(folder / "var")
    capsys.readouterr()
    code, out, _ = said(capsys, "doctor", *where)
    assert code == 1
    assert words in out


def test_what_is_gone_is_not_quietly_begun_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--project", str(tmp_path / "clinic")]
    rows = (
        "npi,market,product,event_time,known_at,claims\n1234567893,m,x,2026-01-31,2026-02-15,{}\n"
    )
    for number in (1, 2):
        (tmp_path / f"{number}.csv").write_text(rows.format(number))
    assert run(["init", str(tmp_path / "clinic")]) == 0
    assert run(["data", "import", "claims", str(tmp_path / "1.csv"), *where]) == 0
    var = tmp_path / "clinic" / "var"
    shutil.rmtree(var / "lake" / "claims" / "_delta_log")
    capsys.readouterr()
    code, out, _ = said(capsys, "data", "list", *where)
    assert code == 0
    assert "table 'claims' was filled before, and its log is gone" in out
    code, _, err = said(capsys, "data", "import", "claims", str(tmp_path / "2.csv"), *where)
    assert code != 0
    assert "restore var/lake from a backup" in err
    assert not (var / "lake" / "claims" / "_delta_log").exists()
    (var / "artifacts" / "kept").mkdir(parents=True)
    for store in var.glob("ops.sqlite*"):
        store.unlink()
    code, _, err = said(capsys, "run", "conversion", *where)
    assert code != 0
    assert not (var / "ops.sqlite").exists()


def test_a_panic_of_a_library_is_told_as_a_fault_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class PanicException(BaseException):
        pass

    def panics(*_: object, **__: object) -> None:
        raise PanicException("assertion failed")

    monkeypatch.setattr("perdure.interfaces.cli.main.perdure.main", panics)
    assert run(["models"]) == 1
    assert "a fault of perdure" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "conversion", "--as-of", "0001-01-01"], "no data are of the year 1"),
        (["decide", "conversion", "--as-of", "9999-12-31"], "no data are of the year 9999"),
        (["backfill", "conversion", "--from", "2026-02-28", "--to", "2026-01-31"], "lies after"),
        (["backfill", "conversion", "--from", "2026-01-31", "--every", "99999999"], "not in the"),
        (["models", "conversion/nope"], "no model named 'conversion/nope'"),
        (["promote", "conversion/x@" + "9" * 20, "--reason", "r"], "no model named"),
        (["new", "conversion"], "there is a solution 'conversion' already"),
        (["run", "conversion", "--jsn"], "No such option"),
    ],
)
def test_a_wrong_call_is_one_json_object_with_exit_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    told: str,
) -> None:
    assert run(["init", str(tmp_path / "clinic")]) == 0
    monkeypatch.chdir(tmp_path / "clinic")
    rows = "npi,market,product,event_time,known_at,claims\n1234567893,m,x,2026-01-31,2026-02-15,1\n"
    Path("claims.csv").write_text(rows)
    assert run(["data", "import", "claims", "claims.csv"]) == 0
    code, out, err = (capsys.readouterr(), said(capsys, *words, "--json"))[1]
    assert code == 2
    assert told in json.loads(out)["what"]
    assert told in err


@pytest.mark.parametrize(
    ("number", "hint"),
    [(errno.EROFS, "writable disk"), (errno.ENOSPC, "free some space"), (errno.EACCES, "rights")],
)
def test_what_the_system_refuses_is_no_fault_of_perdure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int, hint: str
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/srv/project/var/ops.sqlite.open")

    monkeypatch.setattr("perdure.interfaces.cli.main.perdure.main", refuses)
    code, out, err = said(capsys, "models", "--json")
    assert code == 1
    assert json.loads(out)["where"] == "/srv/project/var/ops.sqlite.open"
    assert hint in err
    assert "fault" not in err


def test_a_store_that_cannot_be_opened_is_not_told_as_damaged(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be checked"):
        quick_check(tmp_path / "no" / "ops.sqlite", 0.1)
