"""All monitors of a case, from its tables to its alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from monitoring_made import CASE, NAME, NOW, PEOPLE, SOLUTION, fill, make, stamped, world

from perdure.kernel.clock import add_months
from perdure.kernel.decisions import Proposal
from perdure.platform.decisions.decide import decide
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.features.materialise import features_table
from perdure.platform.monitoring.alarms import standing_alarms
from perdure.platform.monitoring.health import health
from perdure.platform.monitoring.monitors import run_monitors
from perdure.platform.monitoring.results import course, newest_look
from perdure.platform.registry.registry import Registry

MATURED = datetime(2024, 9, 30)


def look(project, at=NOW):
    return run_monitors(project, SOLUTION, CASE, at)


def by_name(report):
    return {(r.monitor, r.subject): r for r in report.readings}


def test_a_new_project_is_looked_at_as_far_as_it_goes(project) -> None:
    assert look(project).readings == []
    assert health(project, "watched", CASE).word == "none"
    fill(project)
    found = by_name(look(project))
    assert set(found) == {
        ("freshness", "claims"),
        ("volume", "claims"),
        ("freshness", "physician"),
    }
    assert health(project, "watched", CASE).parts["freshness"].word == "ok"


def test_a_case_that_goes_on_as_before_is_well(watched) -> None:
    make(watched, MATURED)
    make(watched, NOW)
    report = look(watched)
    found = by_name(report)
    assert report.severity == "ok", [r for r in report.readings if r.severity != "ok"]
    assert {
        ("feature-drift", "claims_6mo"),
        ("feature-drift", "specialty"),
        ("missing", "claims_6mo"),
        ("new-categories", "specialty"),
        ("prediction-drift", "score"),
        ("expected-performance", "auc"),
        ("calibration", "all rows"),
        ("realised-performance", "auc"),
        ("realised-performance", "ap"),
    } <= set(found)
    known = health(watched, "watched", CASE)
    assert known.word == "ok"
    assert known.model == f"{NAME}@1"
    assert known.looked_at == NOW


def test_one_reference_date_says_that_its_chunks_are_random(watched) -> None:
    make(watched, NOW)
    evidence = by_name(look(watched))[("feature-drift", "claims_6mo")].evidence
    assert evidence["baseline"]["of"] == (
        "random chunks of the reference, as it has only 1 index date"
    )
    assert evidence["baseline"]["chunks"] == 10


def test_the_same_data_are_looked_at_once(watched) -> None:
    make(watched, NOW)
    first, again = look(watched), look(watched)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.look == first.look
    assert len(again.readings) == len(first.readings)
    assert again.counts() == first.counts()


def shifted(watched) -> None:
    """Half a year in which everybody prescribes four times as much, and one table is late."""
    rng = np.random.default_rng(5)
    later = [add_months(NOW, i) for i in range(1, 7)]
    npi = world(NOW)["physician"]["npi"].to_pylist()
    claims = world(NOW)["claims"]
    usual = dict(
        zip(
            *(
                claims.group_by("npi").aggregate([("claims", "mean")])[c].to_pylist()
                for c in ("npi", "claims_mean")
            ),
            strict=True,
        )
    )
    rows = {"npi": [], "product": [], "claims": [], "event_time": []}
    for at in later:
        rows["npi"] += npi
        rows["product"] += ["y"] * len(npi)
        rows["claims"] += [float(rng.poisson(4 * usual[n])) for n in npi]
        rows["event_time"] += [at] * len(npi)
    watched.lake.append("claims", stamped(rows), key="later")


def test_a_shift_opens_alarms_that_a_second_look_does_not_repeat(watched) -> None:
    shifted(watched)
    at = add_months(NOW, 6)
    make(watched, at)
    report = look(watched, at)
    found = by_name(report)
    assert found[("feature-drift", "claims_6mo")].severity == "alarm"
    assert found[("feature-drift", "specialty")].severity == "ok"
    opened = {a.subject for a in standing_alarms(watched, "watched", CASE)}
    assert "claims_6mo" in opened
    assert len(report.alarms.opened) == len(opened)
    assert look(watched, at).alarms.opened == ()
    again = look(watched, add_months(at, 1))
    assert set(again.alarms.again) >= set(report.alarms.opened) - set(again.alarms.closed)
    known = health(watched, "watched", CASE)
    assert known.word == "alarm"
    assert known.parts["drift"].word == "alarm"
    assert "claims_6mo" in known.parts["drift"].text


def test_only_those_who_may_be_asked_about_are_compared(watched) -> None:
    make(watched, NOW)
    rows = by_name(look(watched))[("feature-drift", "claims_6mo")].evidence["rows"]
    everyone = watched.lake.dataset(features_table("watched", CASE)).count_rows(
        filter=pc.field("index_date") == f"{NOW:%Y-%m-%d}"
    )
    assert rows["current"] < everyone


def test_predictions_of_another_model_are_not_the_champions(watched) -> None:
    make(watched, NOW)
    name = "predictions.watched.brand"
    table = watched.lake.read(name)
    other = pa.array(["watched/brand@9"] * table.num_rows)
    at = table.schema.get_field_index("model")
    watched.lake.replace(name, table.set_column(at, "model", other), key="other")
    assert ("prediction-drift", "score") not in by_name(look(watched))


def test_outcomes_are_waited_for(watched) -> None:
    make(watched, add_months(NOW, -1))
    assert not {m for m, _ in by_name(look(watched))} & {"calibration", "realised-performance"}


def test_an_outcome_that_comes_about_otherwise_is_seen_once_it_is_known(watched) -> None:
    make(watched, MATURED)
    name = "predictions.watched.brand"
    table = watched.lake.read(name)
    rng = np.random.default_rng(2)
    p = rng.permutation(table["probability"].to_numpy()) * 0.3
    at = table.schema.get_field_index("probability")
    watched.lake.replace(name, table.set_column(at, "probability", pa.array(p)), key="wrong")
    found = by_name(look(watched))
    assert found[("realised-performance", "auc")].severity == "alarm"
    assert found[("calibration", "all rows")].severity == "alarm"


def test_rows_that_were_acted_upon_are_named_with_the_outcomes(watched) -> None:
    make(watched, MATURED)
    people = [Proposal(f"{i:05d}", "visit", 0.5) for i in range(PEOPLE)]
    policy = DecisionPolicy(holdout_share=0.5)
    decide(watched, "watched", CASE, people, policy, model="m", data_as_of=MATURED)
    evidence = by_name(look(watched))[("realised-performance", "auc")].evidence
    assert 0.4 * evidence["rows"] < evidence["acted_upon"] < 0.6 * evidence["rows"]
    assert 0.4 < evidence["acted_upon_share"] < 0.6
    assert "acting may have changed" in evidence["note"]
    found = by_name(look(watched))
    alone = found[("calibration", "rows left alone")].evidence["rows"]
    assert alone == evidence["rows"] - evidence["acted_upon"]
    assert found[("realised-performance", "auc, rows left alone")].evidence["rows"] == alone


def test_where_all_were_acted_upon_that_is_said(watched) -> None:
    make(watched, MATURED)
    people = [Proposal(f"{i:05d}", "visit", 0.5) for i in range(PEOPLE)]
    policy = DecisionPolicy(holdout_share=0.0)
    decide(watched, "watched", CASE, people, policy, model="m", data_as_of=MATURED)
    found = by_name(look(watched))
    assert "only rows that were acted upon" in found[("calibration", "all rows")].evidence["note"]
    assert ("calibration", "rows left alone") not in found


def test_the_slices_of_the_settings_are_looked_at_one_by_one(watched) -> None:
    make(watched, MATURED)
    make(watched, NOW)
    sliced = replace(SOLUTION, settings="monitoring_made:SlicedSettings")
    found = by_name(run_monitors(watched, sliced, CASE, NOW))
    for monitor in ("slice-drift", "slice-calibration"):
        groups = {subject for name, subject in found if name == monitor}
        assert groups == {f"specialty = {value}" for value in ("GP", "ENT", "URO")}
        assert {found[(monitor, group)].severity for group in groups} == {"ok"}


def test_the_first_scores_become_the_reference(watched) -> None:
    make(watched, MATURED)
    assert "first scores" in by_name(look(watched, MATURED))[("prediction-drift", "score")].text
    make(watched, NOW)
    later = by_name(look(watched))[("prediction-drift", "score")]
    assert "first predictions" in later.evidence["baseline"]["of"]


def test_the_course_of_a_reading_is_kept(watched) -> None:
    make(watched, NOW)
    look(watched)
    look(watched, add_months(NOW, 1))
    found = course(watched, "watched", CASE, "freshness", "claims")
    assert [at for at, _, _ in found] == [NOW, add_months(NOW, 1)]
    assert found[1][1] > found[0][1]
    newest = newest_look(watched, "watched", CASE)
    assert newest is not None
    assert newest[0].at == add_months(NOW, 1)


def test_without_a_champion_there_is_no_health(watched) -> None:
    known = health(watched, "watched", "other")
    assert (known.word, known.parts["serving"].word) == ("none", "none")
    assert Registry(watched).champion("watched/other") is None


def test_a_solution_without_labels_is_monitored_too(watched) -> None:
    make(watched, NOW)
    found = run_monitors(watched, replace(SOLUTION, label=""), CASE, NOW)
    assert ("feature-drift", "claims_6mo") in by_name(found)


@pytest.mark.parametrize("at", [datetime(2023, 1, 1)])
def test_before_the_first_row_everything_is_missing(watched, at) -> None:
    found = look(watched, at)
    assert {r.monitor for r in found.readings} == {"volume"}
    assert found.severity == "alarm"
