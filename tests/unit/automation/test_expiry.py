"""Actions that nobody answered in time are marked by the pipelines, once, and counted."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from perdure.platform.automation.ledger import Ledger
from perdure.platform.automation.pipelines.decisions import run_decisions
from perdure.platform.automation.pipelines.monitoring import run_monitoring
from perdure.platform.automation.pipelines.work import open_work
from perdure.platform.feedback.records import FEEDBACK


def _builder():
    place = Path(__file__).parents[2] / "console_project.py"
    spec = importlib.util.spec_from_file_location("console_project", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def builder():
    return _builder()


@pytest.fixture
def work(builder, tmp_path):
    project = builder.make_project(tmp_path / "clinic", people=40)
    return open_work(project, "conversion", builder.CASE)


def expired(work):
    query = select(FEEDBACK.c.decision).where(FEEDBACK.c.kind == "expired")
    with work.project.ops.connect() as connection:
        return list(connection.scalars(query))


@pytest.mark.parametrize("pipeline", [run_decisions, run_monitoring])
def test_a_pipeline_marks_what_is_over_once_and_says_how_many(builder, work, pipeline) -> None:
    assert pipeline(work, builder.DATA_AS_OF)["expired"] == 0
    work.project.clock.advance(days=400)
    told = pipeline(work, builder.DATA_AS_OF)["expired"]
    assert told == len(expired(work)) > 0
    assert pipeline(work, builder.DATA_AS_OF)["expired"] == 0
    assert len(set(expired(work))) == told


def test_the_run_of_new_decisions_records_it(builder, work) -> None:
    work.project.clock.advance(days=400)
    run_decisions(work, builder.DATA_AS_OF)
    run = Ledger(work.project).runs(pipeline=work.pipeline("decide"))[0]
    assert run.outputs["expired"] == len(expired(work)) > 0


def test_other_cases_are_left_to_their_own_pipelines(builder, work) -> None:
    work.project.clock.advance(days=400)
    run_monitoring(replace(work, case="EXEMPLIX"), builder.DATA_AS_OF)
    assert expired(work) == []
