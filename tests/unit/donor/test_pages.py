"""Pages of donor engagement: what they tell is what the store, the policy and the tables hold."""

from __future__ import annotations

import base64
import importlib.util
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.kernel.errors import NotEnoughData
from perdure.methods.contact.actions import ACTIONS, NONE
from perdure.methods.contact.donors import Donors
from perdure.platform.decisions.lookup import open_actions, reports
from perdure.platform.storage.project import Project
from perdure.solutions.donor.eligibility import eligible
from perdure.solutions.donor.facts import read_facts
from perdure.solutions.donor.pages.calendar import calendar_page, eligible_of
from perdure.solutions.donor.pages.champion import basis, champion
from perdure.solutions.donor.pages.grid import (
    DONATIONS,
    HISTORIES,
    IMPOSSIBLE,
    NO_INCENTIVE,
    OPEN,
    RECENCY,
    STARTS,
    grid,
)
from perdure.solutions.donor.pages.later import later
from perdure.solutions.donor.pages.off_policy import _honest, _line, off_policy
from perdure.solutions.donor.pages.policy import policy
from perdure.solutions.donor.pages.today import LIMIT_WORDS, today
from perdure.solutions.donor.pages.trees import readable
from perdure.solutions.donor.pages.variants import (
    BELIEVED,
    COSTS,
    FADINGS,
    PRICES,
    Service,
    policy_variants,
)
from perdure.solutions.donor.pages.worlds import worlds

CASE = "default"


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Project:
    place = Path(__file__).parents[2] / "donor_project.py"
    spec = importlib.util.spec_from_file_location("donor_project", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_project(tmp_path_factory.mktemp("donors") / "service")


@pytest.fixture(scope="module")
def told(service):
    return policy_variants(Service(service, CASE), {})


def test_today_lists_what_waits_by_worth_and_counts_who_is_left_alone(service) -> None:
    page = today(service, CASE, {})
    made = open_actions(service, "donor", CASE)
    assert made
    assert page["waiting"] == page["total"] == len(made)
    worths = [c.worth for c in page["contacts"]]
    assert worths == sorted(worths, reverse=True)
    assert worths[0] == max(d.score for d in made)
    report = reports(service, "donor", CASE)[0]
    assert page["report"].left_alone == report.left_alone > 0
    total = report.decisions + report.holdout + report.left_alone + sum(report.blocked.values())
    assert total == report.proposed


def test_what_the_lot_chose_is_marked_and_nothing_else(service) -> None:
    page = today(service, CASE, {})
    assert 0 < page["lots"] < page["waiting"]
    by_id = {d.id: d for d in open_actions(service, "donor", CASE)}
    for contact in page["contacts"]:
        made = by_id[contact.id]
        assert contact.drawn == (made.score < max(made.alternatives.values()) - 1e-6)
        assert contact.why[0].startswith("Drawn by lot") == contact.drawn
        assert 0 < contact.propensity <= 1
        assert 0 < contact.chance < 1


def test_filters_pages_and_hostile_queries(service) -> None:
    everything = today(service, CASE, {})
    by_action = Counter(d.action for d in open_actions(service, "donor", CASE))
    for action, many in by_action.items():
        assert today(service, CASE, {"action": action})["total"] == many
    centre = everything["contacts"][0].centre
    assert {c.centre for c in today(service, CASE, {"centre": centre})["contacts"]} == {centre}
    assert today(service, CASE, {"centre": "nowhere"})["contacts"] == []
    last = today(service, CASE, {"page": "999999"})
    assert last["page_number"] == last["pages"]
    for text in ("", "-1", "x", "²", "9" * 99):
        assert today(service, CASE, {"page": text})["page_number"] == 1


def test_who_may_not_be_contacted_is_counted_once_and_as_the_masks_say(service) -> None:
    page, at = calendar_page(service, CASE), service.clock.now()
    donors = service.lake.scan("donor").collect()["donor"].unique().to_list()
    scored = service.lake.scan(f"predictions.donor.{CASE}").collect()["entity"].to_list()
    settings = service.settings(solution("donor"))
    assert set(scored) <= set(donors)
    facts = read_facts(service, settings, at, scored)
    shut = ~eligible(facts, settings, CASE, np.datetime64(at, "us"))[:, 1:].any(axis=1)
    assert sum(many for _, many in page.closed) == int(shut.sum()) > 0
    assert page.now + page.within + page.later + page.never == len(scored)
    assert sum(day.count for week in page.weeks for day in week) == page.within
    assert all(not day.count for week in page.weeks for day in week if day.past)


def test_no_shown_contact_is_with_a_donor_who_may_not_give(service) -> None:
    made = open_actions(service, "donor", CASE)
    found = eligible_of(service, [d.entity for d in made])
    assert len(found) == len({d.entity for d in made})
    assert all(one.now and not one.why for one in found.values())
    assert not {d.entity for d in made} & {e.donor for e in calendar_page(service, CASE).following}


def test_a_day_later_the_calendar_is_another(service) -> None:
    before = calendar_page(service, CASE)
    later_on = Project.find(
        service.root, clock=FixedClock(service.clock.now() + timedelta(days=90))
    )
    after = calendar_page(later_on, CASE)
    assert after.weeks != before.weeks
    assert after.now != before.now


def test_every_limit_of_the_platform_has_its_words() -> None:
    from perdure.platform.decisions import limits, touches

    text = Path(limits.__file__).read_text() + Path(touches.__file__).read_text()
    rules = set(re.findall(r'"([a-z]+-[a-z-]+)"', text)) - {"send-at"}
    assert {"quiet-hours", "no-consent", "contact-cap"} <= rules
    assert rules <= set(LIMIT_WORDS)


def test_the_map_is_what_the_policy_in_service_answers(service) -> None:
    found = champion(service, CASE)
    made = grid(found.chooser)
    rng = np.random.default_rng(0)
    for _ in range(40):
        s, r, f = (int(rng.integers(len(axis))) for axis in (STARTS, RECENCY, DONATIONS))
        if made.best[OPEN, s, 0, r, f] == IMPOSSIBLE:
            continue
        donor = Donors.of([RECENCY[r]], [DONATIONS[f]], [STARTS[s]])
        assert made.best[OPEN, s, 0, r, f] == found.chooser.best(donor, np.array([0]))[0]
    assert not (made.best[NO_INCENTIVE] == ACTIONS.index("incentive")).any()
    deferred = made.best[:, :, :, found.chooser.world.defer_months > RECENCY]
    assert set(np.unique(deferred)) <= {NONE, IMPOSSIBLE}


def test_the_page_of_the_policy_counts_its_own_map(service) -> None:
    page = policy(service, CASE, {"start": "3", "history": "0"})
    cells = [cell for _, row in page["rows"] for cell in row]
    contacts = sum(c.code in ACTIONS[1:] for c in cells)
    real = sum(c.code != "off" for c in cells)
    assert page["sentence"].startswith(f"{contacts} of {real} situations")
    odd = policy(service, CASE, {"start": "77", "history": "x", "leaves": "9", "incentive": "?"})
    assert (odd["start"], odd["history"], odd["leaves"], odd["closed"]) == (2, 0, 8, 0)


def test_a_signature_is_quoted_and_only_told(service) -> None:
    page = policy(service, CASE, {"signed": 'Dr "A"\n  evil: true', "leaves": "16"})
    assert page["lines"].splitlines()[1:] == [
        "  form: tree-16",
        '  signed_off_by: "Dr \\"A\\"\\n  evil: true"',
    ]
    assert policy(service, CASE, {})["lines"] == ""


def test_variants_are_plans_of_their_own_and_a_price_makes_fewer_contacts(told) -> None:
    variants = told["variants"]
    assert len(variants) == len(COSTS) * len(FADINGS) * len(PRICES)
    believed = variants[BELIEVED]
    assert (believed["cost"], believed["fading"], believed["price"]) == (1.0, 1.0, 0.0)
    assert told["label"] == "simulated"
    for n in range(0, len(variants), len(PRICES)):
        contacts = [one["contacts"] for one in variants[n : n + len(PRICES)]]
        assert contacts == sorted(contacts, reverse=True)
    dearer = [v["contacts"] for v in variants if (v["fading"], v["price"]) == (1.0, 0.0)]
    assert dearer == sorted(dearer, reverse=True)
    assert dearer[0] > dearer[-1]


def test_the_tables_of_the_sliders_have_the_shape_that_they_say(told) -> None:
    best = np.frombuffer(base64.b64decode(told["best"]), np.uint8)
    shape = (27, 2, len(STARTS), len(HISTORIES), len(RECENCY), len(DONATIONS))
    assert tuple(told["shape"]) == shape
    assert best.size == np.prod(shape)
    assert set(np.unique(best)) <= {*range(len(ACTIONS)), IMPOSSIBLE}
    contacts = (best.reshape(shape)[:, OPEN] != NONE).sum(axis=(1, 2, 3, 4))
    assert len(set(contacts.tolist())) > 5


def test_rules_cover_every_donor_once_and_follow_the_tree(service) -> None:
    made = readable(basis(service, CASE, champion(service, CASE)), 8)
    assert 1 < len(made.rules) <= 8
    assert sum(rule.share for rule in made.rules) == pytest.approx(1)
    assert made.kept == pytest.approx(made.gain / made.planned)
    assert not any("months left" in text for rule in made.rules for text in rule.conditions)


def test_worlds_tell_the_evidence_and_the_regret(service) -> None:
    page = worlds(service, CASE, {})
    own = page["across"][0]
    assert own.served
    assert len(own.gains) == page["count"] == 2
    assert own.mean == pytest.approx(np.mean([g.value for g in own.gains]))
    assert own.worst == min(g.value for g in own.gains)
    best = page["across"][-1]
    assert best.name.startswith("Best, had")
    lost = np.mean([b.value - g.value for b, g in zip(best.gains, own.gains, strict=True)])
    assert own.regret == pytest.approx(lost)
    assert best.regret == 0
    assert f"{own.mean:+.3f}" in page["sentence"]


def test_each_prior_stands_with_range_source_and_what_moved_it(service) -> None:
    page = worlds(service, CASE, {})
    names = [belief.name for belief in page["beliefs"]]
    assert {"odds ratio, SMS", "cost, e-mail", "fading"} <= set(names)
    assert all(b.low <= b.value <= b.high for b in page["beliefs"])
    assert all(b.source or b.assumed for b in page["beliefs"])
    moved = {b.name for b in page["beliefs"] if b.moved}
    estimates = champion(service, CASE).bundle.report()["estimates"]
    assert len(moved) == len(estimates)
    assert all(name.startswith(("odds ratio", "opt out")) for name in moved)


def test_the_log_is_told_with_intervals_or_refused_in_words(service, monkeypatch) -> None:
    monkeypatch.setattr("perdure.solutions.donor.pages.off_policy.later", _at_once)
    page = off_policy(service, CASE, {"outcome": "donations"})
    log = page["log"]
    assert log.decisions > 0
    assert bool(page["blocks"]) != bool(log.refusal)
    for block in page["blocks"]:
        known = [line for line in block.lines if line.low is not None]
        refused = [line for line in block.lines if line.refused]
        assert known or refused
        assert all(line.low <= line.value <= line.high and line.ess > 0 for line in known)
        assert not [line for line in block.lines if line.alone] or known
    assert page["sentence"].endswith(".")


def test_a_model_alone_is_never_shown() -> None:
    from perdure.methods.offpolicy.estimate import ModelValue, Refusal

    lines = [_line(ModelValue("dm", 0.2, 90)), _line(Refusal("dr", ("3 of 90 rows",)))]
    shown = list(_honest(lines))
    assert [line.refused for line in shown] == ["3 of 90 rows"]


def test_before_a_first_policy_pages_say_so(tmp_path) -> None:
    empty = Project.create(tmp_path / "new")
    assert today(empty, CASE, {})["report"] is None
    assert policy(empty, CASE, {})["found"] is None
    assert worlds(empty, CASE, {})["found"] is None
    assert calendar_page(empty, CASE).wrong == "nobody was scored yet"
    with pytest.raises(NotEnoughData, match="no policy is in service"):
        policy_variants(Service(empty, CASE), {})


def test_an_answer_that_fails_is_told_and_tried_again() -> None:
    tries = []

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise NotEnoughData("not yet")
        return 7

    with pytest.raises(NotEnoughData):
        later("fails-once", make, patience=10)
    assert later("fails-once", make, patience=10) == 7
    assert later("fails-once", make, patience=10) == 7
    assert len(tries) == 2


def _at_once(key, make):
    return make()
