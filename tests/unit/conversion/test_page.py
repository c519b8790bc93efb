"""The physician page: what is shown of one physician, and nothing from later."""

from datetime import datetime

import pytest
from conversion_made import CONTRACTS

from perdure.kernel.clock import add_months, parse_moment
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from perdure.solutions.conversion.page import timeline
from perdure.solutions.conversion.sample.world import sample


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = Project.create(tmp_path_factory.mktemp("page"))
    world = sample(4, 60)
    for name, table in world.tables(world.horizon).items():
        ingest(made, CONTRACTS[name], table, source="sample")
    return made, world


def test_facts_claims_and_contacts_of_one_physician(project, monthly):
    made, world = project
    writer = world.people.npi[world.natural["EXEMPLIX"][0] < 0][0]
    shown = timeline(made, monthly, "EXEMPLIX", str(writer), world.horizon)
    facts = dict(shown.facts)
    assert {"Specialty", "State", "Territory", "Year of graduation"} <= set(facts)
    names = [series.name for series in shown.series]
    assert names[:2] == ["EXEMPLIX", "market demolipids"]
    whole = dict(next(s for s in shown.series if s.name == "market demolipids").points)
    parts = [dict(s.points) for s in shown.series if s.name != "market demolipids"]
    for at, value in whole.items():
        assert value == sum(part.get(at, 0) for part in parts)
    times = [event.at for event in shown.events]
    assert times == sorted(times)
    assert {event.kind for event in shown.events} <= {"call", "email", "sample"}


def test_what_is_known_later_is_not_shown(project, monthly):
    made, world = project
    npi, at = str(world.people.npi[0]), parse_moment("2024-03-31")
    shown = timeline(made, monthly, "DEMOVEL", npi, at)
    moments = [t for s in shown.series for t, _ in s.points] + [e.at for e in shown.events]
    assert moments
    # March's claims are known in April only.
    assert max(t for s in shown.series for t, _ in s.points) == datetime(2024, 2, 29)
    later = timeline(made, monthly, "DEMOVEL", npi, add_months(at, 6))
    assert len(later.series[-1].points) >= len(shown.series[-1].points)


def test_an_unknown_physician_and_an_empty_project_show_nothing(project, monthly, tmp_path):
    made, world = project
    assert timeline(made, monthly, "DEMOVEL", "9999999999", world.horizon).series == ()
    empty = timeline(Project.create(tmp_path / "e"), monthly, "DEMOVEL", "9", world.horizon)
    assert (empty.facts, empty.series, empty.events) == ((), (), ())
