"""Return probability: the published figures, the chosen model, and no flattery by twins."""

from __future__ import annotations

import numpy as np
import pytest

from perdure.kernel.errors import ContractError, NotEnoughData
from perdure.solutions.donor.propensity.candidates import LOGISTIC, PRIOR, STEPPED, TREES, Donors
from perdure.solutions.donor.propensity.choosing import Choice, choose, measured
from perdure.solutions.donor.propensity.published import PUBLISHED, published_split
from perdure.solutions.donor.propensity.report import donors_of, return_report
from perdure.solutions.donor.settings import PropensitySettings

FEW = PropensitySettings(folds=4, repeats=2, logistic_c=1.0, target_log_loss=0.7, seed=1)


def drawn(n: int, seed: int = 0) -> Donors:
    rng = np.random.default_rng(seed)
    recency, frequency = rng.integers(1, 24, n), rng.integers(1, 20, n)
    time = recency + 3.0 * frequency
    chance = 1 / (1 + np.exp(0.25 * recency - 0.8 * np.log(frequency)))
    return Donors(recency, frequency, time, (rng.random(n) < chance).astype(float))


def test_a_regression_is_chosen_over_the_prior() -> None:
    made = choose(drawn(600), FEW)
    assert made.name in {LOGISTIC, STEPPED}
    assert made.holds
    assert made.score(made.name).log_loss < made.score(PRIOR).log_loss
    assert made.score(PRIOR).auc == pytest.approx(0.5)
    assert (made.donors, made.model.step) == (600, 4.0 if made.name == STEPPED else None)


def test_a_model_that_memorises_is_seen_through_only_when_twins_stay_together() -> None:
    """Each donor is there three times with one outcome by lot: nothing can be learned."""
    rng = np.random.default_rng(5)
    rows = np.repeat(np.arange(100), 3)
    base = Donors(
        rng.uniform(1, 24, 100), rng.uniform(1, 20, 100), rng.uniform(30, 90, 100),
        rng.integers(0, 2, 100).astype(float),
    )  # fmt: skip
    donors = base.take(rows)

    def memory(seen):
        known = {tuple(row): y for row, y in zip(seen.table(), seen.donated, strict=True)}
        return lambda asked: np.array([known.get(tuple(row), 0.5) for row in asked.table()])

    told = {
        split: measured("memory", memory, donors, donors.groups(), split, FEW)
        for split in ("grouped", "stratified")
    }
    assert told["grouped"].auc == pytest.approx(0.5)
    assert told["stratified"].auc > 0.9


def test_too_few_returns_are_an_error() -> None:
    donors = drawn(50)
    nobody = Donors(donors.recency, donors.frequency, donors.time, np.zeros(50))
    with pytest.raises(NotEnoughData, match="50 donors, 0 of whom returned"):
        choose(nobody, FEW)


def test_the_same_seed_gives_the_same_choice() -> None:
    assert choose(drawn(200), FEW) == choose(drawn(200), FEW)


UNLABELLED = "Recency,Frequency,Monetary,Time\n2,3,750,30\n"


def test_a_file_without_outcomes_cannot_be_learned_from(settings, tmp_path) -> None:
    path = tmp_path / "test.data"
    path.write_text(UNLABELLED)
    with pytest.raises(ContractError, match="1 rows do not say whether a donation followed"):
        donors_of(path, settings)


def test_a_report_of_other_data_has_no_published_figures(settings, tmp_path) -> None:
    donors, path = drawn(300), tmp_path / "own.data"
    lines = [
        f"{r:g},{f:g},{250 * f:g},{t:g},{y:g}"
        for r, f, t, y in zip(
            donors.recency, donors.frequency, donors.time, donors.donated, strict=True
        )
    ]
    path.write_text("\n".join(["Recency,Frequency,Monetary,Time,Class", *lines]))
    few = settings.model_copy(update={"propensity": FEW})
    rows, verdicts = return_report(path, few)
    assert {row.case for row in rows} == {"return, grouped", "return, stratified"}
    assert {row.method for row in rows} == {PRIOR, LOGISTIC, STEPPED, TREES}
    assert [verdict.holds for verdict in verdicts] == [True]


@pytest.mark.real_data
def test_the_published_split_gives_the_published_figures(transfusion, settings) -> None:
    found = published_split(donors_of(transfusion, settings))
    assert {name: round(value, 4) for name, value in found.items()} == PUBLISHED


@pytest.fixture(scope="module")
def chosen(transfusion, settings) -> Choice:
    return choose(donors_of(transfusion, settings), settings.propensity)


@pytest.mark.real_data
def test_the_chosen_model_reaches_the_target_with_twins_together(chosen) -> None:
    assert chosen.holds
    assert (chosen.donors, chosen.returned, chosen.repeated) == (748, 178, 246)
    assert chosen.best in {LOGISTIC, STEPPED}
    assert chosen.score(chosen.name).log_loss <= 0.467
    assert chosen.score(LOGISTIC).log_loss <= 0.468
    assert chosen.score(LOGISTIC, "stratified").log_loss == pytest.approx(0.4666, abs=0.002)


@pytest.mark.real_data
def test_boosting_loses_to_four_parameters(chosen) -> None:
    assert chosen.score(TREES).log_loss > chosen.score(LOGISTIC).log_loss
    assert chosen.score(TREES).log_loss < chosen.score(PRIOR).log_loss


@pytest.mark.real_data
def test_the_report_of_the_real_file_holds(transfusion, settings) -> None:
    once = settings.propensity.model_copy(update={"repeats": 1})
    quick = settings.model_copy(update={"propensity": once})
    rows, verdicts = return_report(transfusion.parent, quick)
    assert len(verdicts) == 2
    assert verdicts[1].holds
    assert {r.metric for r in rows} == {
        "auc", "auc-sd", "log-loss", "log-loss-sd", "brier", "brier-sd",
    }  # fmt: skip
