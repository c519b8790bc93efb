"""Many clients at once: one commit for those that wait, and each is told the truth."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from perdure.kernel.errors import StoreError
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.feedback.records import FEEDBACK

ADDRESS = "/api/v1/feedback"
CLIENTS = 24


def decided(project, arm="treated"):
    query = select(DECISIONS.c.id).where(DECISIONS.c.arm == arm).order_by(DECISIONS.c.sequence)
    with project.ops.connect() as connection:
        return list(connection.scalars(query))


def kept(project):
    with project.ops.connect() as connection:
        return set(connection.scalars(select(FEEDBACK.c.key)))


def told(decision, key):
    return {"decision": decision, "kind": "executed", "key": key, "actor": "crm"}


class Crowd:
    """Clients that call at the same moment; the writer is held until all of them wait."""

    def __init__(self, client, said):
        self.writer = client.app.state.writing.writer()
        go, started = threading.Event(), threading.Event()
        self.first = self.writer.call(lambda _: (started.set(), go.wait(20)))
        started.wait(20)
        with ThreadPoolExecutor(len(said)) as pool:
            calls = [pool.submit(client.post, ADDRESS, json=one) for one in said]
            self._wait_for(len(said))
            self.early = [call.done() for call in calls]
            go.set()
            self.answers = [call.result(30) for call in calls]

    def _wait_for(self, count):
        ready = threading.Event()
        for _ in range(400):
            if len(self.writer._waiting) == count:
                return
            ready.wait(0.025)
        pytest.fail(f"{len(self.writer._waiting)} of {count} requests reached the writer")


@pytest.fixture
def served(fresh, make_client):
    with make_client(fresh, headers={"sec-fetch-site": "same-origin"}) as client:
        yield client


def test_those_that_wait_share_one_commit_and_none_is_told_before_it(served, fresh, monkeypatch):
    commits = []
    begin = fresh.ops.begin
    monkeypatch.setattr(fresh.ops, "begin", lambda: (commits.append(1), begin())[1])
    said = [told(name, f"k{i}") for i, name in enumerate(decided(fresh)[:CLIENTS])]
    crowd = Crowd(served, said)
    assert not any(crowd.early)
    assert [answer.json()["recorded"] for answer in crowd.answers] == [True] * len(said)
    assert len(commits) == 2  # the one that held the writer, and one for all
    assert kept(fresh) == {one["key"] for one in said}


def test_an_error_reaches_the_caller_whose_feedback_it_is(served, fresh):
    treated, held = decided(fresh), decided(fresh, "holdout")
    said = [told(name, f"good{i}") for i, name in enumerate(treated[:6])]
    said.insert(2, told(held[0], "bad"))
    said.append(told(treated[7], "good0"))
    answers = Crowd(served, said).answers
    wrong = [(one["key"], a.status_code) for one, a in zip(said, answers, strict=True)
             if a.status_code != 200]  # fmt: skip
    # Two used one key: whichever came second is told, the other is kept.
    assert sorted(wrong) == [("bad", 409), ("good0", 409)]
    assert kept(fresh) == {f"good{i}" for i in range(6)}


def test_a_store_that_cannot_commit_is_told_to_everyone_and_keeps_nothing(
    served, fresh, monkeypatch
):
    said = [told(name, f"k{i}") for i, name in enumerate(decided(fresh)[:5])]
    begin, calls = fresh.ops.begin, []

    def fails():
        calls.append(1)
        if len(calls) > 1:
            raise StoreError("the disk is full")
        return begin()

    with monkeypatch.context() as patch:
        patch.setattr(fresh.ops, "begin", fails)
        assert {answer.status_code for answer in Crowd(served, said).answers} == {503}
    assert kept(fresh) == set()
    assert served.post(ADDRESS, json=said[0]).json()["recorded"]


def test_many_clients_of_many_answers_lose_none(served, fresh):
    names = decided(fresh)

    def client(number):
        done = []
        for i in range(5):
            key = f"{number}-{i}"
            answer = served.post(ADDRESS, json=told(names[(number + i) % len(names)], key))
            if answer.json()["recorded"]:
                done.append(key)
        return done

    with ThreadPoolExecutor(12) as pool:
        acknowledged = {key for done in pool.map(client, range(12)) for key in done}
    assert len(acknowledged) == 60
    assert kept(fresh) == acknowledged


def test_the_writer_ends_with_the_application_and_comes_back(fresh, make_client):
    client = make_client(fresh, headers={"sec-fetch-site": "same-origin"})
    for i in range(2):
        with client:
            assert client.post(ADDRESS, json=told(decided(fresh)[i], f"k{i}")).status_code == 200
            writer = client.app.state.writing.writer()
        with pytest.raises(StoreError, match="closed"):
            writer.call(lambda _: None)
