"""The off-policy benchmark on invented trials and on the real one: form, verdicts, refusals."""

import json
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from perdure.interfaces.cli.main import run
from perdure.kernel import discovery
from perdure.kernel.errors import ContractError, NotEnoughData, UnreadableFile, UsageError
from perdure.kernel.evidence import find
from perdure.kernel.solution import Solution
from perdure.solutions.donor.offpolicy_bench.bench import bench
from perdure.solutions.donor.offpolicy_bench.biased_log import SHARE, biased_log, favours_recent
from perdure.solutions.donor.offpolicy_bench.trial import ARMS, read_trial

ROOT = Path(__file__).parents[3]
METHODS = ("naive", "dm", "ips", "snips", "dr", "switch-dr")


def people(n=9_000, crossing=0.0, seed=0):
    """A trial of three equal arms; with ``crossing`` the womens e-mail suits half of the people."""
    rng = np.random.default_rng(seed)
    recency, newbie = rng.integers(1, 13, n), rng.integers(0, 2, n)
    arm = rng.permutation(np.arange(n) % 3)
    lift = np.select(
        [arm == 1, arm == 2],
        [0.10 + crossing * (newbie - 0.5), 0.05 - crossing * (newbie - 0.5)],
        0.0,
    )
    chance = np.clip(0.35 - 0.02 * recency + lift, 0, 1)
    return pl.DataFrame({
        "recency": recency, "history": rng.gamma(2, 100, n).round(2),
        "mens": rng.integers(0, 2, n), "womens": rng.integers(0, 2, n),
        "zip_code": rng.choice(["Urban", "Rural"], n), "newbie": newbie,
        "channel": rng.choice(["Web", "Phone"], n), "segment": np.array(ARMS)[arm],
        "visit": (rng.random(n) < chance).astype(int),
    })  # fmt: skip


def written(folder, frame, name="trial.csv"):
    path = folder / name
    frame.write_csv(path)
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = written(tmp_path_factory.mktemp("trial"), people())
    return bench(path, {"replications": "60", "seed": "3"})


def verdicts(report):
    return {verdict.name: verdict.holds for verdict in report.verdicts}


def test_every_method_has_its_bias_coverage_and_size(report):
    for case in ("mens-to-all", "mens-to-all-redrawn"):
        for method in METHODS:
            for metric in ("bias", "coverage", "ess"):
                row = find(report.rows, case, method, metric)
                assert row is not None
                assert row.n == 60
    told = report.as_dict()
    model = [r for r in told["rows"] if r["method"] == "dm" and r["metric"] == "ess"]
    assert [r["value"] for r in model] == [None, None]
    assert told["data"]["rows"] == {"rows": 9_000, "taken": 9_000, "set aside": 0}
    assert any("slightly generous" in note for note in told["data"]["notes"])


def test_estimators_are_right_where_the_plain_mean_is_not(report):
    for method in ("ips", "snips", "dr"):
        bias = find(report.rows, "mens-to-all", method, "bias")
        assert abs(bias.value) < 0.01
        assert find(report.rows, "mens-to-all", method, "coverage").value >= 0.85
    plain = find(report.rows, "mens-to-all", "naive", "bias")
    assert plain.high < -0.04
    told = verdicts(report)
    assert told["the plain mean of the log fails"]
    assert told["personalising does not beat mens e-mail to all"]


def test_where_people_differ_the_verdict_says_the_opposite(tmp_path):
    report = bench(written(tmp_path, people(crossing=0.4)), {"replications": "20"})
    assert not verdicts(report)["personalising does not beat mens e-mail to all"]
    assert not report.holds()
    gain = find(report.rows, "held-out-half", "personalised - mens-to-all", "difference")
    # Half of the people get the womens e-mail's .25 instead of the mens one's -.10.
    assert gain.low < 0.175 < gain.high


def test_one_seed_gives_one_answer_and_another_one_another(report, tmp_path):
    path = written(tmp_path, people())
    again = bench(path, {"replications": "60", "seed": "3"})
    assert again.as_dict()["rows"] == report.as_dict()["rows"]
    other = bench(path, {"replications": "60", "seed": "4"})
    assert other.as_dict()["rows"] != report.as_dict()["rows"]


def test_estimators_refuse_where_logs_are_too_small(tmp_path):
    report = bench(written(tmp_path, people(n=1_500)), {"replications": "20"})
    refused = report.as_dict()["data"]["refused"]
    assert refused["dr"] == refused["snips"] > 0
    assert not verdicts(report)["dr covers the truth"]


def test_columns_may_stand_in_any_order_and_case(tmp_path):
    frame = people()
    turned = frame.select(reversed(frame.columns)).rename(str.upper).with_columns(MORE=1)
    one, two = read_trial(written(tmp_path, frame)), read_trial(written(tmp_path, turned, "t.csv"))
    assert np.array_equal(one.states, two.states)
    assert np.array_equal(one.arm, two.arm)


def test_wrong_rows_are_set_aside_counted_and_named(tmp_path):
    text = people().cast(pl.String).to_dicts()
    wrong = [("recency", "-1"), ("recency", "soon"), ("history", ""), ("mens", "2"),
             ("newbie", "yes"), ("visit", ""), ("zip_code", " "), ("channel", ""),
             ("segment", "Letter"), ("history", "inf")]  # fmt: skip
    for row, (column, value) in enumerate(wrong):
        text[row][column] = value
    trial = read_trial(written(tmp_path, pl.DataFrame(text)))
    assert trial.origin == {"rows": 9_000, "taken": 8_990, "set aside": 10}
    assert len(trial) == 8_990
    assert trial.set_aside["recency:invalid"] == {"rows": 2, "first lines": [2, 3]}
    assert trial.set_aside["segment:invalid"] == {"rows": 1, "first lines": [10]}
    assert sum(reason["rows"] for reason in trial.set_aside.values()) == 10


def test_lines_that_are_no_rows_are_set_aside(tmp_path):
    path = written(tmp_path, people())
    path.write_text(path.read_text() + "1,2,3\n")
    assert read_trial(path).origin["set aside"] == 1


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        (lambda f: f.drop("visit", "recency"), ContractError, "no column recency, visit"),
        (lambda f: f.head(0), NotEnoughData, "holds no row"),
        (lambda f: f.head(900), NotEnoughData, "too few people in an arm"),
        (lambda f: f.filter(pl.col("segment") != ARMS[1]), NotEnoughData, "Mens E-Mail: 0"),
        (lambda f: pl.concat([f, f.filter(pl.col("segment") == ARMS[1])]), ContractError,
         "not drawn at one third"),
        (lambda f: f.with_columns(zip_code=pl.int_range(f.height) % 99), ContractError,
         "zip_code has 99 values"),
    ],
)  # fmt: skip
def test_what_is_no_such_trial_is_refused(tmp_path, change, error, told):
    with pytest.raises(error, match=told):
        read_trial(written(tmp_path, change(people())))


def test_no_table_is_no_trial(tmp_path):
    path = tmp_path / "blank.csv"
    path.write_text("\n")
    with pytest.raises(UnreadableFile):
        bench(path, {})


@pytest.mark.parametrize(
    "options",
    [{"sed": "1"}, {"seed": "-1"}, {"seed": "x"}, {"replications": "5"},
     {"replications": "1000000"}, {"seed": "٣"}],
)  # fmt: skip
def test_wrong_options_are_refused_before_anything_is_read(tmp_path, options):
    with pytest.raises(UsageError):
        bench(tmp_path / "none.csv", options)


def test_the_command_prints_one_object_and_fails_with_a_verdict(tmp_path, monkeypatch, capsys):
    reference = f"{bench.__module__}:bench"
    donor = Solution("donor", "Donor", "?", "003", "policy", "donor",
                     benches={"off-policy": reference})  # fmt: skip
    monkeypatch.setattr(discovery, "solutions", lambda: {"donor": donor})
    path = written(tmp_path, people(crossing=0.4))
    words = ["bench", "off-policy", "--data", str(path), "--replications", "20", "--seed=7"]
    assert run([*words, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["solution"], told["data"]["seed"], told["data"]["replications"]) == (
        "donor",
        7,
        20,
    )
    assert {row["case"] for row in told["rows"]} == {
        "mens-to-all", "mens-to-all-redrawn", "held-out-half",
    }  # fmt: skip
    assert run([*words, "--sed", "1"]) == 2
    assert "did you mean 'seed'?" in capsys.readouterr().err


@pytest.mark.parametrize("redrawn", [False, True])
def test_a_biased_log_is_what_its_policy_would_have_made(tmp_path, redrawn):
    trial = read_trial(written(tmp_path, people(n=60_000)))
    policy = favours_recent(trial.recency)
    assert policy.sum(axis=1) == pytest.approx(1)
    assert policy.min() > 0
    log = biased_log(trial, policy, np.random.default_rng(0), redrawn=redrawn)
    assert len(log.rows) / len(trial) == pytest.approx(SHARE, rel=0.03)
    # The people are those of the pool, and each kind of them got the arms of the policy.
    assert trial.recency[log.rows].mean() == pytest.approx(trial.recency.mean(), rel=0.02)
    for months in (1, 12):
        those = trial.recency[log.rows] == months
        shares = np.bincount(trial.arm[log.rows][those], minlength=3) / those.sum()
        assert shares == pytest.approx(log.logging[those][0], abs=0.05)


@pytest.fixture(scope="module")
def hillstrom():
    place = os.environ.get("PERDURE_SHARED_DATA")
    root = Path(place) if place else ROOT.parent / "shared" / "data"
    path = root / "uplift" / "hillstrom.csv"
    if not path.is_file():
        pytest.skip(f"NO REAL DATA at {path}: set PERDURE_SHARED_DATA to run these tests")
    return path


@pytest.mark.real_data
@pytest.mark.slow
def test_hillstrom_as_the_reference_has_it(hillstrom):
    report = bench(hillstrom, {})
    assert report.as_dict()["data"]["rows"] == {"rows": 64_000, "taken": 64_000, "set aside": 0}
    assert report.as_dict()["data"]["truth"] == pytest.approx(0.1828, abs=5e-5)
    assert dict.fromkeys(verdicts(report), True) == verdicts(report)
    for case in ("mens-to-all", "mens-to-all-redrawn"):
        for method in ("ips", "snips", "dr", "switch-dr"):
            assert 0.93 <= find(report.rows, case, method, "coverage").value <= 0.99
            assert abs(find(report.rows, case, method, "bias").value) < 0.002
        assert find(report.rows, case, "naive", "coverage").value == 0
        assert find(report.rows, case, "naive", "bias").value == pytest.approx(-0.04, abs=0.003)
        assert find(report.rows, case, "dm", "coverage").value < 0.5
