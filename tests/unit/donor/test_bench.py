"""The bench on a small file: its form, its honesty about what was not measured, its errors."""

import numpy as np
import pytest

from perdure.kernel.errors import ContractError, UsageError
from perdure.kernel.evidence import find
from perdure.solutions.donor.bench import _shipped as shipped
from perdure.solutions.donor.bench import bench


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Donors whose chance to return falls with recency, in the form of UCI transfusion."""
    rng, made = np.random.default_rng(0), tmp_path_factory.mktemp("rfmt")
    recency, frequency = rng.integers(1, 24, 300), rng.integers(1, 20, 300)
    time = recency + rng.integers(0, 60, 300)
    donated = rng.random(300) < 1 / (1 + np.exp(0.15 * recency))
    rows = zip(recency, frequency, 250 * frequency, time, donated.astype(int), strict=True)
    lines = ["Recency (months),Frequency (times),Monetary (c.c. blood),Time (months),donated"]
    lines += [",".join(map(str, row)) for row in rows]
    (made / "transfusion.data").write_text("\n".join(lines) + "\n")
    return made


def small():
    """The shipped settings with fewer worlds to choose on and fewer repeats."""
    told = shipped()
    simulator = told.simulator.model_copy(update={"chosen_on": 2, "donors": 500})
    propensity = told.propensity.model_copy(update={"repeats": 1})
    return told.model_copy(update={"simulator": simulator, "propensity": propensity})


@pytest.fixture(scope="module")
def report(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("perdure.solutions.donor.bench._shipped", small)
        return bench(folder, {"worlds": "1", "donors": "800", "learn": "no"})


def test_every_policy_is_measured_in_the_believed_world(report) -> None:
    for name in ("never", "sms", "rfm", "greedy-propensity", "greedy-uplift", "thompson", "dp",
                 "dp-pessimistic", "tree-8", "tree-16", "tree-32", "served"):  # fmt: skip
        for metric in ("return", "gain", "donations", "opt-outs", "contacts", "cvar10",
                       "train-cpu-s"):  # fmt: skip
            assert find(report.rows, "nominal", name, metric) is not None, (name, metric)
    assert find(report.rows, "nominal", "dp", "gain").value == pytest.approx(1)
    assert find(report.rows, "world-1", "served", "regret") is not None
    assert find(report.rows, "worlds", "dp", "regret") is not None


def test_no_policy_brings_more_than_the_optimum(report) -> None:
    gains = {row.method: row for row in report.rows if row.metric == "gain"}
    for name, row in gains.items():
        assert row.value < 1 + 3 * (row.high - row.low) / 3.92 + 1e-9, name
    assert gains["tree-32"].value > gains["rfm"].value


def test_what_was_left_out_is_said_and_effects_are_called_simulated(report) -> None:
    assert "--learn no" in report.data["notes"][0]
    assert "simulated" in report.data["effects"]


def test_published_figures_are_asked_of_the_published_file_only(report) -> None:
    assert not [v for v in report.verdicts if "published" in v.name]


@pytest.mark.parametrize("options", [{"worlds": "-1"}, {"learn": "maybe"}, {"wrlds": "2"}])
def test_a_wrong_option_is_told(folder, options) -> None:
    with pytest.raises(UsageError):
        bench(folder, options)


def test_a_row_that_cannot_be_is_an_error_that_names_it(folder, tmp_path) -> None:
    text = (folder / "transfusion.data").read_text().splitlines()
    (tmp_path / "transfusion.data").write_text("\n".join([*text[:5], "9,2,500,4,1"]) + "\n")
    with pytest.raises(ContractError, match="donor"):
        bench(tmp_path, {"worlds": "0"})
