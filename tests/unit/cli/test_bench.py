"""Benchmarks by name: that of a solution, and those that a solution adds."""

import json
from dataclasses import replace

import pytest

from perdure.interfaces.cli.main import run
from perdure.kernel import discovery
from perdure.kernel.errors import UsageError
from perdure.kernel.solution import Solution

pytestmark = pytest.mark.usefixtures("toy_shop")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text("a\n1\n2\n")
    return path


def test_a_further_benchmark_is_run_by_its_name(capsys, file):
    assert run(["bench", "shop-lines", "--data", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["solution"] == "shop"
    assert told["rows"][0]["value"] == 3
    assert set(told) == {"solution", "data", "rows", "verdicts", "seconds_cpu"}


def test_its_options_reach_it_and_a_failed_verdict_is_exit_code_1(capsys, file):
    assert run(["bench", "shop-lines", "--data", str(file), "--least", "9"]) == 1
    assert "FAILS  enough lines: wanted 9 or more, found 3" in capsys.readouterr().out


def test_an_unknown_name_is_told_with_the_nearest(capsys, file):
    assert run(["bench", "shop-line", "--data", str(file)]) == 2
    assert "did you mean 'shop-lines'?" in capsys.readouterr().err


def test_a_solution_without_a_benchmark_says_which_there_are(capsys, file):
    assert run(["bench", "shop", "--data", str(file)]) == 2
    told = capsys.readouterr().err
    assert "solution 'shop' has no benchmark" in told
    assert "shop-lines" in told


def test_solutions_keep_the_benchmark_of_their_name():
    known = discovery.benchmarks()
    assert known["conversion"].startswith("perdure.solutions.conversion.bench")
    assert known["shop-lines"] == "toy_shop.lines:bench"


@pytest.mark.parametrize("taken", ["conversion", "prescription", "shop-lines"])
def test_a_name_that_is_taken_is_refused(monkeypatch, taken):
    known = discovery.solutions()
    other = replace(known["shop"], name="other", benches={taken: "toy_shop.lines:bench"})
    monkeypatch.setattr(discovery, "solutions", lambda: known | {"other": other})
    with pytest.raises(UsageError, match=rf"'{taken}' of solution 'other'.*taken"):
        discovery.benchmarks()


def test_a_benchmark_has_a_legal_name():
    with pytest.raises(UsageError, match="not a legal benchmark name"):
        Solution("a", "A", "?", "own", "rules", "x", benches={"../evil": "a:b"})
