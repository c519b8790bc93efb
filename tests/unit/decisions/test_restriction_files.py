"""A file of restrictions is recorded whole, or not at all and with the row that is wrong."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from perdure.kernel.errors import ContractError, PerdureError, UnreadableFile, UsageError
from perdure.platform.decisions.records import RESTRICTIONS
from perdure.platform.decisions.restriction_files import restrict_file
from perdure.platform.storage.project import Project

HEAD = "entity,kind,starts"


@pytest.fixture
def project(tmp_path):
    made = Project.create(tmp_path / "project")
    yield made
    made.ops.close()


def recorded(project):
    with project.ops.connect() as connection:
        return connection.execute(select(func.count()).select_from(RESTRICTIONS)).scalar()


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}\n0012345678,opt-out,2026-01-15\n",
        "Entity;KIND; starts\n0012345678;opt-out;15.01.2026\n",
        f"\ufeff{HEAD},ends,scope\n0012345678,opt-out,2026-01-15T08:00:00,9999-12-31,conversion\n",
    ],
)
def test_usual_spellings_are_read(project, tmp_path, text):
    (tmp_path / "r.csv").write_text(text)
    assert restrict_file(project, tmp_path / "r.csv", source="test") == 1
    with project.ops.connect() as connection:
        row = connection.execute(select(RESTRICTIONS)).one()
    assert (row.entity, row.kind, row.starts.day) == ("0012345678", "opt-out", 15)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (f"{HEAD},scope\n1,opt-out,2026-01-15,\n2,opt-out,2026-01-15,conversoin\n",
         UsageError, r"row 2: 'conversoin'.*did you mean 'conversion'"),
        (f"{HEAD}\n1,opt-out,2026-01-15\n2,opt-out,soon\n", UnreadableFile, "row 2: 'soon'"),
        (f"{HEAD}\n1,opt-out,15/01/2026\n", ContractError, "day/month/year"),
        (f"{HEAD}\n,opt-out,2026-01-15\n", UsageError, "row 1: a restriction needs entity"),
        (f"{HEAD}\n1,opt-out,2026-01-15\n2,,2026-01-15\n", UsageError, "row 2: .* needs kind"),
        (f"{HEAD}\n1,opt-out,\n", UsageError, "moment from which it holds"),
        ("", UnreadableFile, "empty"),
    ],
)  # fmt: skip
def test_one_wrong_row_stops_the_whole_file(project, tmp_path, text, error, words):
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(PerdureError, match=words) as caught:
        restrict_file(project, tmp_path / "r.csv", source="test")
    assert caught.type is error
    assert recorded(project) == 0
