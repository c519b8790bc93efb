"""Alarms stand once; requests for a run are granted one at a time."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from perdure.kernel.errors import UsageError
from perdure.platform.monitoring.alarms import (
    acknowledge,
    alarm,
    close,
    standing_alarms,
    update_alarms,
)
from perdure.platform.monitoring.reading import Reading
from perdure.platform.monitoring.records import ALARMS, REQUESTS
from perdure.platform.monitoring.requests import (
    end_request,
    request_run,
    requests_of,
    take_request,
    waiting_requests,
)
from perdure.platform.storage.project import Project

AT = datetime(2025, 3, 31)


def bad(subject="volume", severity="alarm", value=0.4) -> Reading:
    return Reading("feature-drift", subject, severity, f"PSI {value}", value, 0.25, {"n": 5})


def see(project, *readings, case="default"):
    with project.ops.begin() as connection:
        return update_alarms(connection, "demo", case, readings, project.clock.now())


def test_an_alarm_opens_once_and_counts(project) -> None:
    (made,) = see(project, bad()).opened
    project.clock.advance(days=1)
    assert see(project, bad(value=0.6)).again == (made,)
    (found,) = standing_alarms(project)
    assert (found.id, found.times, found.effect, found.state) == (made, 2, 0.6, "open")
    assert found.seen_at > found.opened_at
    assert found.evidence == {"n": 5}
    assert found.text == "PSI 0.6"


def test_other_cases_and_subjects_have_alarms_of_their_own(project) -> None:
    see(project, bad(), bad("share"))
    see(project, bad(), case="other")
    assert len(standing_alarms(project)) == 3
    assert len(standing_alarms(project, "demo", "other")) == 1


def test_watch_neither_opens_nor_closes(project) -> None:
    assert see(project, bad(severity="watch")).opened == ()
    see(project, bad())
    assert see(project, bad(severity="watch")).closed == ()
    assert len(standing_alarms(project)) == 1


def test_what_is_over_closes_and_opens_anew(project) -> None:
    (first,) = see(project, bad()).opened
    assert see(project, bad(severity="ok", value=0.01)).closed == (first,)
    assert alarm(project, first).note == "over: PSI 0.01"
    (second,) = see(project, bad()).opened
    assert second != first


def test_a_person_acknowledges_then_closes(project) -> None:
    (made,) = see(project, bad()).opened
    assert acknowledge(project, made, actor="ann", note="looking").changed_by == "ann"
    assert see(project, bad()).again == (made,)
    assert alarm(project, made).state == "acknowledged"
    assert close(project, made, actor="bob").state == "closed"
    assert see(project, bad()).opened


@pytest.mark.parametrize("change", [acknowledge, close])
def test_a_closed_alarm_does_not_change(project, change) -> None:
    (made,) = see(project, bad()).opened
    close(project, made, actor="ann")
    with pytest.raises(UsageError, match="closed already"):
        change(project, made, actor="ann")


def test_an_alarm_is_acknowledged_once_by_somebody_and_must_exist(project) -> None:
    (made,) = see(project, bad()).opened
    with pytest.raises(UsageError, match="who"):
        acknowledge(project, made, actor=" ")
    acknowledge(project, made, actor="ann")
    with pytest.raises(UsageError, match="acknowledged already"):
        acknowledge(project, made, actor="ann")
    with pytest.raises(UsageError, match="no alarm"):
        close(project, "alm_nothing", actor="ann")


def test_the_store_itself_refuses_a_second_standing_alarm(project) -> None:
    see(project, bad())
    with project.ops.connect() as connection:
        row = dict(connection.execute(select(ALARMS)).mappings().one())
    with pytest.raises(IntegrityError), project.ops.begin() as connection:
        connection.execute(ALARMS.insert(), row | {"id": "alm_second"})


steps = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]), st.sampled_from(["ok", "watch", "alarm", "ack", "close"])
    ),
    max_size=15,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
def test_whatever_happens_at_most_one_alarm_stands(project, steps) -> None:
    with project.ops.begin() as connection:
        connection.execute(ALARMS.delete())
    expected: dict[str, str] = {}
    for subject, step in steps:
        standing = {a.subject: a for a in standing_alarms(project)}
        assert {s: a.state for s, a in standing.items()} == expected
        if step in {"ok", "watch", "alarm"}:
            see(project, bad(subject, step))
            if step == "alarm":
                expected.setdefault(subject, "open")
            elif step == "ok":
                expected.pop(subject, None)
        elif subject in standing and step == "close":
            close(project, standing[subject].id, actor="ann")
            expected.pop(subject)
        elif subject in standing and expected[subject] == "open":
            acknowledge(project, standing[subject].id, actor="ann")
            expected[subject] = "acknowledged"


# ---------------------------------------------------------------- requests


def ask(project, **more):
    return request_run(project, "demo", "default", asked_by="alarm", reason="drift", **more)


def test_a_hundred_who_ask_at_once_get_the_same_run(project) -> None:
    others = [Project(project.root, project.clock) for _ in range(3)]
    got, start = [], threading.Barrier(100)

    def caller(number: int) -> None:
        place = [project, *others][number % 4]
        start.wait(30)
        got.append(ask(place))

    threads = [threading.Thread(target=caller, args=(i,)) for i in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.ops.close()
    assert len(got) == 100
    assert len({request.id for request in got}) == 1
    assert sum(request.granted for request in got) == 1
    with project.ops.connect() as connection:
        assert connection.execute(select(func.count()).select_from(REQUESTS)).scalar_one() == 1


def test_a_request_is_taken_up_once_and_then_pauses(project) -> None:
    made = ask(project, alarm="alm_1")
    assert waiting_requests(project)[0].id == made.id
    assert take_request(project, made.id, "run_1")
    assert not take_request(project, made.id, "run_2")
    assert waiting_requests(project) == []
    assert not ask(project).granted
    end_request(project, made.id)
    end_request(project, made.id)
    assert not ask(project).granted
    project.clock.advance(days=7)
    assert ask(project).granted
    assert [r.state for r in requests_of(project, "demo", "default")] == ["asked", "done"]


def test_a_pause_may_be_shorter(project) -> None:
    end_request(project, ask(project).id)
    project.clock.advance(days=1)
    assert not ask(project).granted
    assert ask(project, cool_down_days=1).granted


def test_a_request_whose_run_never_ended_does_not_block_for_good(project) -> None:
    made = ask(project)
    take_request(project, made.id, "run_that_died")
    project.clock.advance(days=1)
    assert ask(project).id == made.id
    project.clock.advance(days=2)
    again = ask(project)
    assert again.granted
    assert [r.state for r in requests_of(project, "demo", "default")] == ["asked", "done"]


def test_cases_do_not_wait_for_one_another(project) -> None:
    ask(project)
    assert request_run(project, "demo", "other", asked_by="ann", reason="new").granted


def test_an_unknown_request_cannot_end(project) -> None:
    with pytest.raises(UsageError, match="no request"):
        end_request(project, "req_nothing")
