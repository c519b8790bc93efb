"""Decisions asked for one request at a time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text

from perdure.kernel.decisions import Proposal
from perdure.kernel.errors import LimitError, StoreError
from perdure.platform.decisions.batches import Occasion
from perdure.platform.decisions.log import DecisionLog
from perdure.platform.decisions.lookup import decision, decision_table, reports
from perdure.platform.decisions.online import OnlineDecisions
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.restrictions import Restriction, restrict
from perdure.platform.storage.writer import GroupCommitWriter

AT = datetime(2026, 3, 1, 6)
POLICY = DecisionPolicy(holdout_share=0.0, actions_per_entity=8, valid_days=1)
OCCASION = Occasion("recommend", "default", POLICY, "recommend/default@1", AT, AT)


@pytest.fixture
def writer(project):
    with GroupCommitWriter(project.ops) as made:
        yield made


def offers(entity: str, count: int = 3) -> list[Proposal]:
    return [Proposal(entity, f"item-{i}", 1 / (i + 1)) for i in range(count)]


def test_requests_of_many_threads_are_all_decided_once(project, writer) -> None:
    answers = {}
    with OnlineDecisions(project, writer, OCCASION) as online:

        def client(number: int) -> None:
            for i in range(10):
                key = f"{number}-{i}"
                answers[key] = online.submit(key, offers(f"visit-{key}")).result(30)

        threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    table = decision_table(project, "recommend", "default")
    assert table.height == 8 * 10 * 3
    assert {made for a in answers.values() for made in a.decisions} == set(table["id"])
    assert DecisionLog(project.ops, project.var).verify().intact
    assert [(r.proposed, r.decisions) for r in reports(project, "recommend", "default")] == [
        (240, 240)
    ]


def test_a_repeated_request_gives_the_same_answer_and_adds_nothing(project, writer) -> None:
    with OnlineDecisions(project, writer, OCCASION) as online:
        first = online.submit("k", offers("a")).result(30)
        project.clock.advance(seconds=5)
        again = online.submit("k", offers("a")).result(30)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.decisions == first.decisions
    assert decision_table(project, "recommend", "default").height == 3


def test_an_entity_asked_about_twice_at_once_meets_its_limits(project, writer) -> None:
    policy = replace(POLICY, minimum_gap_days=1, actions_per_entity=1)
    with OnlineDecisions(project, writer, replace(OCCASION, policy=policy)) as online:
        asked = [online.submit(f"k{i}", offers("a", 1)) for i in range(20)]
        answers = [future.result(30) for future in asked]
    assert sum(len(a.decisions) for a in answers) == 1
    assert sum(a.blocked.get("minimum-gap", 0) for a in answers) == 19


def test_the_requests_of_one_batch_do_not_share_their_limits(project, writer) -> None:
    policy = replace(POLICY, actions_per_entity=2)
    with OnlineDecisions(project, writer, replace(OCCASION, policy=policy)) as online:
        asked = [online.submit(f"k{i}", offers("a")) for i in range(10)]
        assert [len(f.result(30).decisions) for f in asked] == [2] * 10


def test_places_are_shared_by_all_requests(project, writer) -> None:
    policy = replace(POLICY, capacity=5, actions_per_entity=1)
    with OnlineDecisions(project, writer, replace(OCCASION, policy=policy)) as online:
        asked = [online.submit(f"k{i}", offers(f"e{i}", 1)) for i in range(12)]
        assert sum(len(future.result(30).decisions) for future in asked) == 5


def test_holdouts_are_told_apart(project, writer) -> None:
    policy = replace(POLICY, holdout_share=0.5)
    with OnlineDecisions(project, writer, replace(OCCASION, policy=policy)) as online:
        asked = [online.submit(f"k{i}", offers(f"e{i}", 1)) for i in range(40)]
        answers = [future.result(30) for future in asked]
    held = [made for a in answers for made in a.holdout]
    assert 5 < len(held) < 35
    assert {decision(project, made).arm for made in held} == {"holdout"}


def test_restrictions_hold_at_once(project, writer) -> None:
    with OnlineDecisions(project, writer, OCCASION) as online:
        assert online.submit("1", offers("a", 1)).result(30).decisions
        restrict(project, Restriction("a", "opt-out", AT))
        assert online.submit("2", offers("a", 1)).result(30).blocked == {"opt-out": 1}


def test_unreadable_limits_are_told_to_each_caller(project, writer) -> None:
    with project.ops.begin() as connection:
        connection.execute(text("ALTER TABLE restrictions RENAME TO hidden"))
    with OnlineDecisions(project, writer, OCCASION) as online:
        asked = [online.submit(f"k{i}", offers(f"e{i}", 1)) for i in range(3)]
        for future in asked:
            with pytest.raises(LimitError):
                future.result(30)


def test_a_closed_or_full_one_refuses(project, writer) -> None:
    online = OnlineDecisions(project, writer, OCCASION, waiting_limit=0)
    with pytest.raises(StoreError, match="too many"):
        online.submit("k", offers("a"))
    online.close()
    with pytest.raises(StoreError):
        online.submit("k", offers("a"))
