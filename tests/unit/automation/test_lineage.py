"""Lineage events: the standard's own form, whole lines, readable after a kill."""

import json
import threading
from datetime import datetime
from pathlib import Path

import pytest

from perdure.platform.automation import lineage

ARGUMENTS = {
    "at": datetime(2026, 1, 31, 12),
    "project": "clinic",
    "pipeline": "conversion/features",
    "run": "run_1",
    "inputs": {"tables": {"claims": 3}, "models": {"conversion/x": "4"}, "spec": "abc"},
    "outputs": {"tables": {"features.conversion.x": 7}},
}


def test_the_events_equal_those_of_the_standards_own_client():
    base = pytest.importorskip("openlineage.client.generated.base")
    from openlineage.client.generated import (
        dataset_version_dataset,
        error_message_run,
        tags_run,
    )
    from openlineage.client.serde import Serde

    made = lineage.event("FAIL", **ARGUMENTS, attempt=2, error="it broke")

    def version(text: str) -> dict:
        facet = dataset_version_dataset.DatasetVersionDatasetFacet
        return {"version": facet(datasetVersion=text, producer=lineage.PRODUCER)}

    tags = [
        tags_run.TagsRunFacetFields(key="run", value="run_1", source="perdure"),
        tags_run.TagsRunFacetFields(key="attempt", value="2", source="perdure"),
    ]
    message = error_message_run.ErrorMessageRunFacet(
        message="it broke", programmingLanguage="python", producer=lineage.PRODUCER
    )
    wanted = base.RunEvent(
        eventTime="2026-01-31T12:00:00Z",
        eventType=base.EventType.FAIL,
        producer=lineage.PRODUCER,
        job=base.Job(namespace="perdure.clinic", name="conversion/features"),
        run=base.Run(
            runId=made["run"]["runId"],
            facets={
                "tags": tags_run.TagsRunFacet(tags=tags, producer=lineage.PRODUCER),
                "errorMessage": message,
            },
        ),
        inputs=[
            base.InputDataset("perdure.clinic.tables", "claims", facets=version("3")),
            base.InputDataset("perdure.clinic.models", "conversion/x", facets=version("4")),
        ],
        outputs=[
            base.OutputDataset(
                "perdure.clinic.tables", "features.conversion.x", facets=version("7")
            )
        ],
    )
    assert made == json.loads(Serde.to_json(wanted))


def test_attempts_have_numbers_of_their_own():
    one, two = (lineage.event("START", **ARGUMENTS, attempt=n) for n in (1, 2))
    again = lineage.event("COMPLETE", **ARGUMENTS, attempt=1)
    assert one["run"]["runId"] == again["run"]["runId"] != two["run"]["runId"]


def test_a_line_cut_short_by_a_kill_swallows_no_other(tmp_path: Path):
    lineage.append(tmp_path, lineage.event("START", **ARGUMENTS))
    file = tmp_path / "2026-01.jsonl"
    file.write_bytes(file.read_bytes() + b'{"eventTime": "2026-')
    lineage.append(tmp_path, lineage.event("COMPLETE", **ARGUMENTS))
    assert [each["eventType"] for each in lineage.events(tmp_path)] == ["START", "COMPLETE"]


def test_many_writers_keep_their_lines_whole(tmp_path: Path):
    def work() -> None:
        for _ in range(20):
            lineage.append(tmp_path, lineage.event("START", **ARGUMENTS))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(lineage.events(tmp_path))) == 80


def test_months_come_in_order_and_an_empty_folder_gives_nothing(tmp_path: Path):
    assert list(lineage.events(tmp_path / "none")) == []
    for month in (3, 1, 2):
        made = lineage.event("START", **{**ARGUMENTS, "at": datetime(2026, month, 1)})
        lineage.append(tmp_path, made)
    assert [each["eventTime"][:7] for each in lineage.events(tmp_path)] == [
        "2026-01",
        "2026-02",
        "2026-03",
    ]
