"""Deciding: once, with reasons, within limits that are read in the same transaction."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import func, select, text

from perdure.kernel.decisions import Proposal, Reason
from perdure.kernel.errors import LimitError, UsageError
from perdure.platform.decisions.decide import decide
from perdure.platform.decisions.dispatch import may_act
from perdure.platform.decisions.log import DecisionLog
from perdure.platform.decisions.lookup import (
    blocks_of,
    decision,
    decision_table,
    decisions_about,
    open_actions,
    policy_of,
    reports,
)
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.decisions.restrictions import (
    Restriction,
    known_restrictions,
    lift,
    restrict,
    restrict_many,
    restrict_table,
)
from perdure.platform.storage.project import Project

AT = datetime(2026, 3, 1, 6)
DATA = datetime(2026, 2, 28, 23, 59, 59)
POLICY = DecisionPolicy(capacity=10, holdout_share=0.2, minimum_gap_days=14, valid_days=30)
REASONS = (Reason("claims_12mo", 120.0, 0.5, "wrote 120 claims in 12 months"),)


def people(count: int = 60, **more: object) -> list[Proposal]:
    return [
        Proposal(
            entity=str(1_000 + i),
            action="visit",
            score=(i + 1) / (count + 1),
            territory="N" if i % 2 else "S",
            channel="visit",
            reasons=REASONS,
            alternatives={"none": 0.01},
            **more,
        )
        for i in range(count)
    ]


def run(project, proposals=None, policy=POLICY, model="demo/default@1", **more):
    chosen = people() if proposals is None else proposals
    return decide(project, "demo", "default", chosen, policy, model=model, data_as_of=DATA, **more)


def stored(project) -> int:
    with project.ops.connect() as connection:
        return connection.execute(select(func.count()).select_from(DECISIONS)).scalar_one()


def test_a_decision_keeps_all_that_it_was_made_of(project) -> None:
    report = run(project, run="run_1")
    found = open_actions(project, "demo", "default")[0]
    assert found == decision(project, found.id)
    assert found.reasons == REASONS
    assert dict(found.alternatives) == {"none": 0.01}
    assert found.limits == POLICY.limits()
    assert found.propensity == pytest.approx(0.8)
    assert (found.policy, found.model, found.run) == (report.policy, "demo/default@1", "run_1")
    assert (found.data_as_of, found.decided_at) == (DATA, AT)
    assert found.valid_to == AT + timedelta(days=30)


def test_reasons_without_a_value_are_kept(project) -> None:
    missing = (Reason("share", float("nan"), 0.1, "no share known"),)
    run(project, [replace(people(1)[0], reasons=missing)], replace(POLICY, holdout_share=0.0))
    assert open_actions(project, "demo", "default")[0].reasons[0].value is None


def test_the_numbers_add_up(project) -> None:
    report = run(project)
    assert report.proposed == report.entities == 60
    assert report.decisions == 20
    assert report.decisions + report.holdout + sum(report.blocked.values()) == 60
    assert stored(project) == report.decisions + report.holdout


def test_deciding_again_adds_nothing(project) -> None:
    first = run(project)
    project.clock.advance(days=1)
    again = run(project, people(5))
    assert again == replace(first, repeated=True)
    assert stored(project) == first.decisions + first.holdout
    assert DecisionLog(project.ops, project.var).verify().intact


@pytest.mark.parametrize(
    "other", [{"model": "demo/default@2"}, {"policy": replace(POLICY, capacity=11)}]
)
def test_another_model_or_policy_is_another_decision(project, other) -> None:
    first = run(project)
    project.clock.advance(days=31)
    assert run(project, **other).batch != first.batch


def test_holdouts_are_stored_and_never_shown(project) -> None:
    report = run(project)
    table = decision_table(project, "demo", "default")
    held = set(table.filter(pl.col("arm") == "holdout")["entity"])
    shown = {d.entity for d in open_actions(project, "demo", "default")}
    assert len(held) == report.holdout > 0
    assert len(shown) == report.decisions
    assert not held & shown


def test_the_holdout_is_the_same_in_the_next_run(project) -> None:
    run(project)
    first = dict(decision_table(project, "demo", "default").select("entity", "arm").rows())
    project.clock.advance(days=31)
    run(project, model="demo/default@2")
    table = decision_table(project, "demo", "default")
    assert table.height == 2 * len(first)
    assert dict(table.select("entity", "arm").rows()) == first


def test_open_actions_come_by_territory_and_rank_while_they_are_valid(project) -> None:
    run(project)
    found = open_actions(project, "demo", "default")
    assert [(d.territory, d.rank) for d in found] == [(t, r) for t in "NS" for r in range(1, 11)]
    assert len(open_actions(project, "demo", "default", territory="N")) == 10
    assert not open_actions(project, "demo", "default", at=AT + timedelta(days=30))
    assert not open_actions(project, "demo", "other")


def test_a_null_action_is_logged_with_its_chance_and_not_shown(project) -> None:
    idle = Proposal("7", "none", 0.0, propensity=0.3)
    run(project, [idle], replace(POLICY, holdout_share=0.0))
    assert decisions_about(project, "7")[0].propensity == 0.3
    assert not open_actions(project, "demo", "default")


def test_null_actions_are_left_alone_neither_to_act_upon_nor_held_out(project) -> None:
    idle = [Proposal(str(n), "none", 0.0, propensity=0.3) for n in range(30)]
    acting = [replace(p, action="visit", channel="visit") for p in idle]
    acting = [replace(p, entity=f"a{p.entity}") for p in acting]
    report = run(project, [*idle, *acting], replace(POLICY, capacity=None, holdout_share=0.4))
    assert report.left_alone == 30
    assert report.decisions == len(open_actions(project, "demo", "default")) < 30
    assert report.decisions + report.holdout == 30
    assert reports(project, "demo", "default")[0].left_alone == 30


def test_blocked_ones_are_counted_and_named(project) -> None:
    restrict(project, Restriction("1059", "opt-out", AT - timedelta(days=1), source="form"))
    report = run(project)
    assert report.blocked["opt-out"] == 1
    blocked = blocks_of(project, "1059")
    assert [(b["rule"], b["solution"]) for b in blocked] == [("opt-out", "demo")]
    assert not blocks_of(project, "1000")
    assert reports(project, "demo", "default") == [replace(report, repeated=True)]


def test_the_policy_can_be_read_back(project) -> None:
    assert policy_of(project, "demo", "default") is None
    run(project)
    assert policy_of(project, "demo", "default") == POLICY


def test_contacts_from_elsewhere_count(project) -> None:
    contacts = pl.DataFrame({"entity": ["1059"], "at": [AT - timedelta(days=3)]})
    assert run(project, contacts=contacts).blocked["minimum-gap"] == 1


def test_contacts_that_cannot_be_read_stop_everything(project) -> None:
    with pytest.raises(LimitError, match="nobody may be contacted"):
        run(project, contacts=pl.DataFrame({"who": ["1059"]}))
    assert stored(project) == 0


@pytest.mark.parametrize("table", ["restrictions", "feedback"])
def test_a_store_without_its_limits_decides_nothing(project, table) -> None:
    with project.ops.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO hidden"))
    with pytest.raises(LimitError, match="nobody may be contacted"):
        run(project)
    assert stored(project) == 0


def test_a_policy_without_capacity_or_gap_still_needs_the_restrictions(project) -> None:
    with project.ops.begin() as connection:
        connection.execute(text("ALTER TABLE restrictions RENAME TO hidden"))
    with pytest.raises(LimitError):
        run(project, policy=DecisionPolicy())


def test_two_processes_cannot_both_use_the_last_places(project) -> None:
    reports_, other = [], Project(project.root, project.clock)

    def go(place, model) -> None:
        reports_.append(run(place, model=model))

    threads = [
        threading.Thread(target=go, args=(project, "demo/default@1")),
        threading.Thread(target=go, args=(other, "demo/default@2")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.ops.close()
    assert sorted(report.decisions for report in reports_) == [0, 20]
    assert DecisionLog(project.ops, project.var).verify().intact


def test_two_processes_with_the_same_question_decide_once(project) -> None:
    found, other = [], Project(project.root, project.clock)
    threads = [
        threading.Thread(target=lambda place=place: found.append(run(place)))
        for place in (project, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.ops.close()
    assert sorted(report.repeated for report in found) == [False, True]
    assert stored(project) == found[0].decisions + found[0].holdout


# ---------------------------------------------------------------- restrictions


def known(project, solution="demo"):
    with project.ops.connect() as connection:
        return known_restrictions(connection, solution)


def test_the_same_restriction_is_stored_once(project) -> None:
    rule = Restriction("1", "opt-out", AT)
    assert restrict(project, rule) == restrict(project, rule)
    assert known(project).height == 1


def test_a_lifted_restriction_ends_and_stays_on_record(project) -> None:
    made = restrict(project, Restriction("1059", "opt-out", AT - timedelta(days=9)))
    lift(project, made, at=AT - timedelta(days=1), source="letter")
    assert known(project)["until"].to_list() == [AT - timedelta(days=1)]
    assert "opt-out" not in run(project).blocked


def test_a_lift_in_the_future_does_not_help_now(project) -> None:
    made = restrict(project, Restriction("1059", "opt-out", AT - timedelta(days=9)))
    lift(project, made, at=AT + timedelta(hours=1), source="letter")
    assert run(project).blocked["opt-out"] == 1


def test_a_restriction_may_be_for_one_solution(project) -> None:
    restrict(project, Restriction("1", "deferral", AT, scope="donor"))
    assert known(project, "demo").is_empty()
    assert known(project, "donor").height == 1


def test_restrictions_come_from_a_table(project) -> None:
    table = pl.DataFrame({"entity": ["1059", "1058 "], "kind": "opt-out", "starts": [AT, AT]})
    assert restrict_table(project, table, source="pdrp.csv") == 2
    assert restrict_table(project, table.to_arrow(), source="pdrp.csv") == 2
    assert run(project).blocked["opt-out"] == 2


@pytest.mark.parametrize(
    "table",
    [
        pl.DataFrame({"entity": ["1"], "kind": ["opt-out"]}),
        pl.DataFrame({"entity": ["1", None], "kind": "opt-out", "starts": [AT, AT]}),
        pl.DataFrame({"entity": ["1", " "], "kind": "opt-out", "starts": [AT, AT]}),
        pl.DataFrame({"entity": ["1", "2"], "kind": "opt-out", "starts": [AT, None]}),
        pl.DataFrame({"entity": [1.0], "kind": "opt-out", "starts": [AT]}),
        pl.DataFrame({"entity": ["1"], "kind": "lifted", "starts": [AT]}),
        pl.DataFrame({"entity": ["1"], "kind": "opt-out", "starts": ["soon"]}),
    ],
)
def test_a_restriction_that_cannot_be_read_stops_its_whole_table(project, table) -> None:
    with pytest.raises(UsageError):
        restrict_table(project, table, source="pdrp.csv")
    assert known(project).is_empty()


def test_what_was_never_restricted_cannot_be_lifted(project) -> None:
    with pytest.raises(UsageError, match="no restriction"):
        lift(project, "res_nothing", at=AT, source="letter")


def test_a_restriction_must_end_after_it_starts(project) -> None:
    with pytest.raises(UsageError, match="ends before"):
        restrict_many(project, [Restriction("1", "deferral", AT, AT)])


# ---------------------------------------------------------------- before the action


def test_an_open_action_may_be_carried_out(project) -> None:
    run(project)
    assert may_act(project, open_actions(project, "demo", "default")[0].id) == ()


def test_a_consent_withdrawn_after_the_decision_stops_the_action(project) -> None:
    run(project)
    first = open_actions(project, "demo", "default")[0]
    project.clock.advance(days=2)
    restrict(project, Restriction(first.entity, "consent-withdrawn", AT + timedelta(days=1)))
    assert may_act(project, first.id) == ("consent-withdrawn",)


def test_a_contact_by_others_stops_the_action(project) -> None:
    run(project)
    first = open_actions(project, "demo", "default")[0]
    contacts = pl.DataFrame({"entity": [first.entity], "at": [AT - timedelta(days=1)]})
    assert may_act(project, first.id, contacts=contacts) == ("minimum-gap",)


def test_a_holdout_or_an_old_decision_may_not_be_carried_out(project) -> None:
    run(project)
    table = decision_table(project, "demo", "default")
    held = table.filter(pl.col("arm") == "holdout")["id"][0]
    assert may_act(project, held) == ("holdout",)
    treated = table.filter(pl.col("arm") == "treated")["id"][0]
    assert may_act(project, treated, at=AT + timedelta(days=30)) == ("expired",)
    assert may_act(project, treated, at=AT - timedelta(days=1)) == ("not-yet",)


def test_the_hour_of_the_person_counts_at_the_action(project) -> None:
    policy = replace(POLICY, quiet_hours=(21, 8), holdout_share=0.0)
    frame = pl.DataFrame(
        {"entity": ["1"], "action": "sms", "score": 0.5, "send_at": [AT.replace(hour=12)]}
    )
    run(project, frame, policy)
    made = open_actions(project, "demo", "default")[0]
    assert may_act(project, made.id, local=AT.replace(hour=22)) == ("quiet-hours",)
    assert may_act(project, made.id, local=AT.replace(hour=12)) == ()


def test_an_unknown_decision_is_an_error(project) -> None:
    with pytest.raises(UsageError, match="no decision"):
        may_act(project, "dec_nothing")
    with pytest.raises(UsageError, match="no decision"):
        decision(project, "dec_nothing")
