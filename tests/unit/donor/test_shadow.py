"""A challenger in shadow: it is asked about the same donors and decides nothing."""

from __future__ import annotations

import polars as pl
import pytest
from donor_service import always, registered, serving
from sqlalchemy import select

from perdure.methods.contact.actions import EMAIL, NONE, SMS
from perdure.platform.automation.pipelines.shadow import shadow_table, waiting_challenger
from perdure.platform.automation.pipelines.steps import run_step
from perdure.platform.automation.pipelines.work import open_work
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.registry.registry import Registry


@pytest.fixture
def work(project):
    serving(project)
    return open_work(project, "donor")


def decided(work):
    at = work.as_of(None)
    run_step(work, "score", at)
    return run_step(work, "decide", at)


def test_without_a_challenger_there_is_no_shadow(work) -> None:
    assert "shadow" not in decided(work)
    assert not work.project.lake.exists(shadow_table("donor", "default"))


def test_what_it_would_do_is_kept_and_nothing_is_decided_by_it(work) -> None:
    waiting = registered(work.project, always(EMAIL), promote=False)
    made = decided(work)
    assert made["shadow"]["model"] == waiting
    assert f"{waiting} would do the same for" in made["summary"]
    rows = work.project.lake.scan(shadow_table("donor", "default")).collect()
    assert rows.columns[:5] == ["entity", "at", "action_champion", "action_challenger", "worth"]
    assert rows.height == made["shadow"]["rows"] == rows["entity"].n_unique()
    same = rows.filter(pl.col("action_champion") == pl.col("action_challenger")).height
    assert made["shadow"]["agree"] == pytest.approx(same / rows.height)
    # Deferred donors get none of either; who agreed to one channel only is told apart.
    assert 0 < made["shadow"]["agree"] < 1
    assert set(rows["action_challenger"]) >= {"none", "email"}
    with work.project.ops.connect() as connection:
        models = set(connection.scalars(select(DECISIONS.c.model)))
    assert waiting not in models


def test_a_challenger_that_comes_later_is_asked_about_what_was_decided_before(work) -> None:
    first = decided(work)
    registered(work.project, always(SMS), promote=False)
    registered(work.project, always(NONE), promote=False)
    again = decided(work)
    assert again["batch"] == first["batch"]
    assert again["reused"]
    # The contacts that stand since the first time close nothing here.
    rows = work.project.lake.scan(shadow_table("donor", "default")).collect()
    open_to_some = rows.filter(pl.col("action_champion") == "sms").height
    assert open_to_some > 0.3 * rows.height
    assert again["shadow"]["actions"]["none"] > 0.9 * rows.height
    assert decided(work)["shadow"] == again["shadow"]


def test_the_same_policy_agrees_on_everybody(work) -> None:
    registered(work.project, always(EMAIL), promote=False)
    chooser = always(SMS)
    values = chooser.values.copy()
    values[..., SMS] = 2.0
    twin = type(chooser)(chooser.world, chooser.starts, values, 6, "twin", chooser.effects)
    registered(work.project, twin, promote=False)
    assert decided(work)["shadow"]["agree"] == 1.0


def test_a_champion_that_was_replaced_does_not_wait(work) -> None:
    registered(work.project, always(EMAIL), promote=True)
    assert Registry(work.project).get("donor/default@1").state == "challenger"
    assert waiting_challenger(work) is None


def test_one_that_cannot_answer_says_so_and_stops_nothing(work) -> None:
    registered(work.project, always(EMAIL), promote=False, features="0" * 64)
    made = decided(work)
    assert "gives no answer" in made["shadow"]["summary"]
    assert made["decisions"] > 0
