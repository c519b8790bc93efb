"""One case that cannot be answered: skipped among others, an error when it stands alone."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from perdure.interfaces.cli.cases import all_skipped
from perdure.interfaces.cli.main import run
from perdure.kernel.discovery import solution
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project

TWO = "cases:\n  DEMOVEL: { market: m }\n  EXEMPLIX: { market: m }\n"
ONE = "cases:\n  DEMOVEL: { market: m }\n  EXEMPLIX: null\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with claims, in which nothing was ever scored."""
    project = Project.create(tmp_path / "clinic")
    claims = pa.table(
        {
            "npi": ["1234567893"],
            "market": ["m"],
            "product": ["x"],
            "event_time": pa.array([datetime(2025, 6, 30)], pa.timestamp("us")),
            "known_at": pa.array([datetime(2025, 7, 20)], pa.timestamp("us")),
            "claims": [3.0],
        }
    )
    ingest(project, project.contracts(solution("conversion"))["claims"], claims, source="test")
    project.ops.close()
    return project.root


def decided(folder: Path, cases: str, *words: str) -> int:
    settings = folder / "conf" / "base" / "conversion.yaml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(cases)
    return run(["decide", "conversion", "--project", str(folder), "--json", *words])


def test_among_several_cases_each_is_skipped_in_words_and_none_done_is_exit_code_1(
    folder, capsys
) -> None:
    assert decided(folder, TWO) == 1
    told = json.loads(capsys.readouterr().out)["decisions"]
    assert [(one["case"], one["skipped"]) for one in told] == [
        ("DEMOVEL", True),
        ("EXEMPLIX", True),
    ]


@pytest.mark.parametrize(("cases", "words"), [(TWO, ("--case", "demovel")), (ONE, ())])
def test_a_case_that_stands_alone_is_an_error(folder, capsys, cases, words) -> None:
    assert decided(folder, cases, *words) != 0
    told = json.loads(capsys.readouterr().out)
    assert told["error"] == "NotEnoughData"
    assert "was not scored" in json.dumps(told)


def test_a_run_in_which_no_case_got_to_the_end_stops_a_schedule(folder, capsys) -> None:
    (folder / "conf" / "base" / "conversion.yaml").write_text(TWO)
    assert run(["run", "conversion", "score", "--project", str(folder)]) == 1
    assert "nothing was done for any case" in capsys.readouterr().out


def test_one_case_that_got_to_the_end_is_enough() -> None:
    done, skipped = {"step": "score"}, {"step": "score", "skipped": True}
    earlier = {"step": "train", "skipped": True}
    assert not all_skipped([earlier, done, earlier, skipped])
    assert all_skipped([{"step": "train"}, skipped])
    assert not all_skipped([])
