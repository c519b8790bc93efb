"""Feedback is kept once, checked, and counted; outcomes are joined when they can be known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pyarrow as pa
import pytest

from perdure.kernel.clock import add_months
from perdure.kernel.decisions import Feedback, Proposal
from perdure.kernel.errors import PerdureError, UsageError
from perdure.kernel.labels import LabelContract
from perdure.kernel.tables import Column, TableContract
from perdure.platform.decisions.decide import decide
from perdure.platform.decisions.lookup import decision_table, open_actions
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.feedback.collect import expire, record, record_many
from perdure.platform.feedback.effects import effects
from perdure.platform.feedback.lookup import feedback_about, feedback_table, newest_feedback
from perdure.platform.feedback.outcomes import join_outcomes, keep_outcomes, outcome_table
from perdure.platform.storage.writer import GroupCommitWriter

AT = datetime(2026, 3, 1, 6)
POLICY = DecisionPolicy(capacity=10, holdout_share=0.3, valid_days=30, minimum_gap_days=20)


@pytest.fixture
def actions(project):
    people = [Proposal(str(1_000 + i), "visit", (i + 1) / 60, territory="N") for i in range(50)]
    decide(project, "demo", "default", people, POLICY, model="m@1", data_as_of=AT)
    project.clock.advance(days=2)
    return open_actions(project, "demo", "default")


def told(action, kind="executed", **more) -> Feedback:
    base = Feedback(action.id, kind, "rep-1", AT + timedelta(days=1), f"k-{action.id}")
    return replace(base, **more)


def test_feedback_is_kept_as_it_was_told(project, actions) -> None:
    given = told(actions[0], "dismissed", reason="other", note="Umzug – später", extra={"app": 2})
    assert not record(project, given).repeated
    assert feedback_about(project, actions[0].id) == [given]
    assert newest_feedback(project, "demo", "default") == [given]


def test_the_same_feedback_twice_is_kept_once(project, actions) -> None:
    given = told(actions[0])
    record(project, given)
    assert record(project, given).repeated
    assert [
        r.repeated for r in record_many(project, [given, told(actions[1]), told(actions[1])])
    ] == [
        True,
        False,
        True,
    ]
    assert feedback_table(project, "demo", "default").height == 2


def test_a_key_cannot_be_used_for_something_else(project, actions) -> None:
    record(project, told(actions[0]))
    with pytest.raises(UsageError, match="another feedback"):
        record(project, told(actions[0], "dismissed", reason="wrong-time"))
    with pytest.raises(UsageError, match="another feedback"):
        record(project, told(actions[1], key=f"k-{actions[0].id}"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "liked"},
        {"kind": "dismissed"},
        {"kind": "dismissed", "reason": "wrong-tim"},
        {"kind": "dismissed", "reason": "other"},
        {"kind": "dismissed", "reason": "other", "note": "  "},
        {"reason": "wrong-time"},
        {"decision": "dec_nothing"},
        {"actor": " "},
        {"key": ""},
        {"key": "k" * 201},
        {"note": "n" * 2_001},
        {"note": "a\0b"},
        {"note": "\ud800"},
        {"value": float("nan")},
        {"value": float("inf")},
        {"extra": {"a": float("nan")}},
        {"extra": {"a": object()}},
        {"extra": {"a": "x" * 5_000}},
        {"at": AT - timedelta(days=1)},
        {"at": AT + timedelta(days=3)},
    ],
)
def test_wrong_feedback_is_refused_with_all_that_came_with_it(project, actions, wrong) -> None:
    with pytest.raises(UsageError):
        record_many(project, [told(actions[1]), told(actions[0], **wrong)])
    assert feedback_table(project, "demo", "default").is_empty()


def test_a_wrong_reason_is_told_the_nearest(project, actions) -> None:
    with pytest.raises(UsageError, match="did you mean 'wrong-time'"):
        record(project, told(actions[0], "dismissed", reason="wrong-tim"))


def test_a_holdout_cannot_be_answered_but_observed(project, actions) -> None:
    table = decision_table(project, "demo", "default")
    held = table.filter(pl.col("arm") == "holdout")["id"][0]
    entry = Feedback(held, "executed", "rep-1", AT + timedelta(days=1), "k")
    with pytest.raises(UsageError, match="held out"):
        record(project, entry)
    assert not record(project, replace(entry, kind="observed", value=1.0)).repeated


def test_many_callers_share_a_commit_and_keep_their_own_errors(project, actions) -> None:
    from concurrent.futures import ThreadPoolExecutor

    entries = [told(a) for a in actions] + [told(actions[0], decision="dec_no", key="bad")]
    with GroupCommitWriter(project.ops) as writer, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(record, project, entry, writer=writer) for entry in entries]
        failed = [future.exception() for future in asked]
    assert [isinstance(error, PerdureError) for error in failed] == [False] * len(actions) + [True]
    assert feedback_table(project, "demo", "default").height == len(actions)


def test_an_answered_action_is_no_longer_open(project, actions) -> None:
    record(project, told(actions[0]))
    record(project, told(actions[1], "observed", value=3.0))
    assert {a.id for a in open_actions(project, "demo", "default")} == {a.id for a in actions[1:]}


def test_what_was_not_answered_expires_once(project, actions) -> None:
    record(project, told(actions[0]))
    assert expire(project) == 0
    project.clock.advance(days=30)
    assert expire(project) == len(actions) - 1
    assert expire(project) == 0
    assert feedback_about(project, actions[1].id)[0].at == actions[1].valid_to


def test_a_contact_that_took_place_keeps_its_distance(project, actions) -> None:
    record(project, told(actions[0]))
    again = decide(
        project,
        "demo",
        "default",
        [Proposal(actions[0].entity, "visit", 0.9, territory="N")],
        replace(POLICY, contact_cap=1, cap_days=40, minimum_gap_days=0),
        model="m@2",
        data_as_of=AT,
    )
    assert again.blocked == {"contact-cap": 1}


# ---------------------------------------------------------------- outcomes and effects


def labels(project, positive: set[str], missing: set[str] = frozenset(), state="negative"):
    table = decision_table(project, "demo", "default")
    rows = [
        {
            "entity": entity,
            "at": at,
            "label": None if state.startswith("censored") else int(entity in positive),
            "state": "positive" if entity in positive else state,
            "amount": 2.0 if entity in positive else 0.0,
        }
        for entity, at in table.select("entity", "decided_at").rows()
        if entity not in missing
    ]
    schema = pa.schema(
        [
            ("entity", pa.string()),
            ("at", pa.timestamp("us")),
            ("label", pa.int8()),
            ("state", pa.string()),
            ("amount", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def keep(project, table, as_of=AT + timedelta(days=200)):
    decided = decision_table(project, "demo", "default", columns=("id", "entity", "decided_at"))
    return keep_outcomes(project, decided, table, "label-1", as_of)


def test_outcomes_are_joined_to_both_arms_once(project, actions) -> None:
    total = decision_table(project, "demo", "default").height
    some = {actions[0].entity, actions[1].entity}
    table = labels(project, some, missing={actions[2].entity})
    assert keep(project, table) == {"negative": total - 3, "not-eligible": 1, "positive": 2}
    assert keep(project, table) == {}
    assert outcome_table(project, "demo", "default", "label-1").height == total
    assert outcome_table(project, "demo", "default", "label-2").is_empty()


def test_a_restated_outcome_counts_from_then_on(project, actions) -> None:
    keep(project, labels(project, set()))
    assert keep(project, labels(project, {actions[0].entity})) == {"positive": 1}
    table = outcome_table(project, "demo", "default")
    assert table["label"].sum() == 1


def test_an_open_window_is_no_outcome(project, actions) -> None:
    assert keep(project, labels(project, set(), state="censored-horizon")) == {}
    found = effects(project, "demo", "default")
    assert dict(found.outcomes) == {"unknown": found.decided + found.holdout}


def test_effects_of_a_fresh_case_are_empty(project) -> None:
    found = effects(project, "demo", "default")
    assert (found.decided, found.holdout, found.lift) == (0, 0, None)
    assert found.acceptance.value is None


def test_effects_count_each_action_once(project, actions) -> None:
    record(project, told(actions[0]))
    record(project, told(actions[0], "completed", key="again"))
    record(project, told(actions[1], "dismissed", reason="wrong-time"))
    record(project, told(actions[2], "dismissed", reason="wrong-time"))
    record(project, told(actions[3], "dismissed", reason="no-access"))
    found = effects(project, "demo", "default")
    assert (found.decided, found.executed, found.dismissed, found.open) == (10, 1, 3, 6)
    assert found.acceptance.value == 0.25
    assert found.override.value == 0.75
    assert list(found.reasons.items()) == [("wrong-time", 2), ("no-access", 1)]
    assert (found.coverage.count, found.coverage.n) == (10, 50)
    project.clock.advance(days=40)
    before = effects(project, "demo", "default")
    assert (before.expired, before.open, before.response.value) == (6, 0, 0.4)
    expire(project)
    after = effects(project, "demo", "default")
    assert replace(after, at=before.at) == before


def test_the_last_word_of_a_person_counts_even_after_the_end(project, actions) -> None:
    record(project, told(actions[0], "dismissed", reason="wrong-time"))
    project.clock.advance(days=40)
    expire(project)
    late = AT + timedelta(days=35)
    record(project, told(actions[0], key="late", at=late))
    record(project, told(actions[1], key="late-2", at=late))
    found = effects(project, "demo", "default")
    assert (found.executed, found.dismissed, found.expired) == (2, 0, 8)


def test_the_lift_counts_all_that_were_decided_upon(project, actions) -> None:
    table = decision_table(project, "demo", "default")
    treated = set(table.filter(pl.col("arm") == "treated")["entity"])
    keep(project, labels(project, set(sorted(treated)[:4])))
    lift = effects(project, "demo", "default").lift
    assert lift is not None
    assert (lift.treated.count, lift.treated.n) == (4, 10)
    assert (lift.holdout.count, lift.holdout.n) == (0, table.height - 10)
    assert lift.aim == POLICY.minimum_effect
    assert lift.verdict.startswith("not knowable yet")


def test_an_entity_counts_once_in_the_lift(project, actions) -> None:
    first = decision_table(project, "demo", "default").height
    project.clock.advance(days=40)
    people = [Proposal(str(1_000 + i), "visit", (i + 1) / 60, territory="N") for i in range(50)]
    decide(project, "demo", "default", people, POLICY, model="m@2", data_as_of=AT)
    keep(project, labels(project, set()))
    lift = effects(project, "demo", "default").lift
    assert lift is not None
    assert decision_table(project, "demo", "default").height == 2 * first
    assert lift.treated.n + lift.holdout.n == first


# ---------------------------------------------------------------- outcomes from the tables


CLAIMS = TableContract(
    "claims",
    "prescriptions",
    (
        Column("npi", "string", "physician"),
        Column("product", "string", "product"),
        Column("claims", "number", "claims"),
        Column("event_time", "timestamp", "when"),
        Column("known_at", "timestamp", "since when known"),
    ),
    keys=("npi", "product", "event_time"),
)
LABEL = LabelContract(
    "first", "physician", "npi", "claims", "claims", "product = 'x'", "true", window_months=3
)


def claims(project, until: datetime) -> None:
    """Everybody writes y each month; of a third, x comes two months after the decision."""
    rows = []
    months = [add_months(datetime(2025, 12, 31), i) for i in range(12)]
    for at in (m for m in months if m <= until):
        for i in range(50):
            rows.append((str(1_000 + i), "y", 5.0, at))
            if i % 3 == 0 and at == datetime(2026, 4, 30):
                rows.append((str(1_000 + i), "x", 5.0, at))
    npi, product, amount, when = (list(column) for column in zip(*rows, strict=True))
    moments = pa.array(when, pa.timestamp("us"))
    table = pa.table(
        {
            "npi": npi,
            "product": product,
            "claims": amount,
            "event_time": moments,
            "known_at": moments,
            "_sequence": list(range(len(rows))),
        }
    )
    project.lake.replace("claims", table, key=f"until-{until:%F}")


def join(project, as_of):
    return join_outcomes(project, "demo", "default", LABEL, {"claims": CLAIMS}, as_of=as_of)


def test_outcomes_are_waited_for_until_their_window_is_over(project, actions) -> None:
    claims(project, datetime(2026, 5, 31))
    total = decision_table(project, "demo", "default").height
    early = join(project, datetime(2026, 5, 31))
    assert early.recorded == {}
    assert early.waiting == {AT.replace(month=6): total}
    claims(project, datetime(2026, 7, 31))
    late = join(project, datetime(2026, 7, 31))
    assert late.waiting == {}
    assert set(late.recorded) == {"negative", "positive"}
    found = decision_table(project, "demo", "default").join(
        outcome_table(project, "demo", "default", LABEL.digest()),
        left_on="id",
        right_on="decision",
    )
    for entity, value in found.select("entity", "label").rows():
        assert value == float((int(entity) - 1_000) % 3 == 0)
    assert join(project, datetime(2026, 7, 31)).recorded == {}


def test_what_happened_before_the_decision_is_no_effect_of_it(project) -> None:
    claims(project, datetime(2026, 11, 30))
    project.clock.advance(days=90)
    people = [Proposal(str(1_000 + i), "visit", (i + 1) / 60, territory="N") for i in range(50)]
    decide(
        project, "demo", "default", people, POLICY, model="m@1", data_as_of=datetime(2026, 2, 28)
    )
    recorded = join(project, datetime(2026, 11, 30)).recorded
    assert "positive" not in recorded
    assert recorded["not-eligible"] > 0


def test_decisions_without_any_have_no_outcomes(project) -> None:
    claims(project, datetime(2026, 7, 31))
    assert join(project, datetime(2026, 7, 31)).recorded == {}
