"""Restrictions that a solution derives from its tables: same rules, and closed when they fail."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import func, select

from perdure.kernel.decisions import Proposal
from perdure.kernel.errors import LimitError
from perdure.kernel.solution import Solution
from perdure.platform.decisions import derived
from perdure.platform.decisions.allowed import with_open_channels
from perdure.platform.decisions.batches import Occasion
from perdure.platform.decisions.decide import decide
from perdure.platform.decisions.dispatch import may_act
from perdure.platform.decisions.lookup import open_actions
from perdure.platform.decisions.online import OnlineDecisions
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.decisions.restrictions import SCHEMA, Restriction, restrict
from perdure.platform.storage.writer import GroupCommitWriter

AT = datetime(2026, 3, 1, 6)
POLICY = DecisionPolicy(holdout_share=0.0, valid_days=30)
TOLD: dict[str, object] = {}


def told(project, settings, case, at, entities):
    """What the plugged solution says; a test puts it into ``TOLD``."""
    TOLD["asked"] = (case, at, entities)
    answer = TOLD["answer"]
    if isinstance(answer, Exception):
        raise answer
    return pl.DataFrame(answer, schema=SCHEMA, orient="row")


def row(entity, kind="deferral", channel="", starts=AT - timedelta(days=1), until=None):
    return (entity, kind, channel, starts, until or AT + timedelta(days=400))


@pytest.fixture(autouse=True)
def plugged(monkeypatch, project):
    manifest = Solution(
        "demo", "Demo", "does it work?", "000", "policy", "donor", restrict="plugged:told"
    )
    monkeypatch.setattr(derived, "solutions", lambda: {"demo": manifest})
    monkeypatch.setattr(Solution, "code", lambda _, part: told if part == "restrict" else None)
    monkeypatch.setattr(type(project), "settings", lambda *_: None)
    TOLD.clear()
    TOLD["answer"] = []


def people(*names, channel="sms"):
    return [
        Proposal(name, "sms", 0.5, channel=channel, alternatives={"none": 0.1}) for name in names
    ]


def run(project, proposals, policy=POLICY, **more):
    return decide(
        project, "demo", "default", proposals, policy, model="m@1", data_as_of=AT, at=AT, **more
    )


def test_nobody_is_decided_upon_against_what_the_tables_say(project) -> None:
    TOLD["answer"] = [row("2"), row("3", "no-incentive", "incentive")]
    report = run(project, people("1", "2", " 3 "))
    assert report.blocked == {"deferral": 1}
    assert {d.entity for d in open_actions(project, "demo", "default", at=AT)} == {"1", "3"}
    assert TOLD["asked"] == ("default", AT, ("1", "2", "3"))


def test_a_restriction_of_a_channel_holds_for_that_channel(project) -> None:
    TOLD["answer"] = [row("1", "no-incentive", "incentive")]
    assert run(project, people("1", channel="incentive")).blocked == {"no-incentive": 1}


def test_a_derived_consent_permits(project) -> None:
    TOLD["answer"] = [row("1", "consent", "sms")]
    policy = DecisionPolicy(holdout_share=0.0, consent_channels=("sms",))
    assert run(project, people("1", "2"), policy).blocked == {"no-consent": 1}


def test_what_becomes_known_after_the_decision_stops_the_action(project) -> None:
    run(project, people("1"))
    made = open_actions(project, "demo", "default", at=AT)[0]
    assert may_act(project, made.id, at=AT) == ()
    TOLD["answer"] = [row("1")]
    assert may_act(project, made.id, at=AT) == ("deferral",)


def test_online_decisions_ask_as_well(project) -> None:
    TOLD["answer"] = [row("1")]
    occasion = Occasion("demo", "default", POLICY, "m@1", AT, AT)
    with (
        GroupCommitWriter(project.ops) as writer,
        OnlineDecisions(project, writer, occasion) as online,
    ):
        first = online.submit("a", people("1")).result(timeout=30)
        second = online.submit("b", people("2")).result(timeout=30)
    assert first.blocked == {"deferral": 1}
    assert len(second.decisions) == 1


@pytest.mark.parametrize(
    "answer",
    [
        ValueError("the table is gone"),
        LimitError("no donors"),
        [("1", "deferral", None, AT, AT)],
        [("1", None, "", AT, AT)],
    ],
)
def test_what_cannot_be_told_stops_everybody(project, answer) -> None:
    TOLD["answer"] = answer
    with pytest.raises(LimitError):
        run(project, people("1", "2"))
    with project.ops.connect() as connection:
        assert connection.execute(select(func.count()).select_from(DECISIONS)).scalar_one() == 0


def test_at_dispatch_what_cannot_be_told_stops_the_action(project) -> None:
    run(project, people("1"))
    made = open_actions(project, "demo", "default", at=AT)[0]
    TOLD["answer"] = RuntimeError("a broken table")
    with pytest.raises(LimitError, match="nobody may be contacted"):
        may_act(project, made.id, at=AT)


def test_a_solution_without_restrictions_of_its_own_is_asked_nothing(project) -> None:
    report = decide(
        project, "other", "default", people("1"), POLICY, model="m@1", data_as_of=AT, at=AT
    )
    assert report.decisions == 1
    assert "asked" not in TOLD


def test_a_policy_is_told_which_channels_are_open(project) -> None:
    """By table, by stored restriction, by consent, by an earlier contact; quiet hours stay out."""
    before = AT - timedelta(days=1)
    TOLD["answer"] = [
        row("tables"),
        row("mail-only", "no-sms", "sms"),
        *(row(name, "consent", "sms") for name in ("tables", "stored", "mail-only", "free", "met")),
    ]
    restrict(project, Restriction("stored", "opt-out", before, source="form"))
    policy = DecisionPolicy(
        holdout_share=0.0, consent_channels=("sms",), minimum_gap_days=7, quiet_hours=(0, 24)
    )
    decide(
        project, "other", "default", people("met"), POLICY, model="m@1", data_as_of=AT, at=before
    )
    names = ["tables", "stored", "mail-only", "free", "met", "silent"]
    found = with_open_channels(
        project, "demo", "default", pl.DataFrame({"entity": names}), policy, ("sms", "email"), AT
    )
    assert dict(zip(names, found["open:sms"], strict=True)) == {
        "tables": False, "stored": False, "mail-only": False, "free": True, "met": False,
        "silent": False,
    }  # fmt: skip
    assert dict(zip(names, found["open:email"], strict=True)) == {
        "tables": False, "stored": False, "mail-only": True, "free": True, "met": False,
        "silent": True,
    }  # fmt: skip


def test_open_is_what_the_decision_lets_through(project) -> None:
    TOLD["answer"] = [row("2"), row("3", "consent", "sms"), row("1", "consent", "sms")]
    policy = DecisionPolicy(holdout_share=0.0, consent_channels=("sms",))
    names = ["1", "2", "3", "4"]
    told = with_open_channels(
        project, "demo", "default", pl.DataFrame({"entity": names}), policy, ("sms",), AT
    )
    run(project, people(*names), policy)
    made = {d.entity for d in open_actions(project, "demo", "default", at=AT)}
    assert made == set(told.filter(pl.col("open:sms"))["entity"]) == {"1", "3"}


def test_a_policy_is_told_nothing_when_the_limits_cannot_be_told(project) -> None:
    TOLD["answer"] = RuntimeError("a broken table")
    with pytest.raises(LimitError):
        with_open_channels(
            project, "demo", "default", pl.DataFrame({"entity": ["1"]}), POLICY, ("sms",), AT
        )
