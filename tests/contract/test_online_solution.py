"""A recommender passes the checks that apply to it, and each of them can fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perdure.kernel.discovery import solution
from perdure.kernel.endpoints import Endpoint
from perdure.kernel.solution import Page
from perdure.platform.automation.checks import CHECKS, check_solution, checks_of
from perdure.platform.automation.rehearsed import Rehearsed

OF_PARTS = {
    "features ignore the future", "features ignore row order", "features of nothing are nothing",
    "censored stays censored", "both outcomes are learnt", "probabilities are probabilities",
    "one row scores like many", "strange rows are answered", "every decision has a reason",
    "deciding twice adds nothing", "the restricted are left alone",
    "what its tables forbid is not done",
}  # fmt: skip


@pytest.fixture
def played(toy_shop, tmp_path):
    return Rehearsed(tmp_path / "project", solution(toy_shop), size=2_000)


def test_checks_of_parts_that_are_not_there_do_not_apply(toy_shop):
    assert set(CHECKS) - set(checks_of(solution(toy_shop))) == OF_PARTS
    assert set(CHECKS) - set(checks_of(solution("conversion"))) == {
        "endpoints are whole", "service opens", "monitors read", "pages are there",
        "what its tables forbid is not done",
    }  # fmt: skip


def test_the_toy_passes_every_check(toy_shop, tmp_path):
    verdicts = list(check_solution(solution(toy_shop), tmp_path / "project"))
    assert [verdict for verdict in verdicts if not verdict.holds] == []
    assert len(verdicts) == len(CHECKS) - len(OF_PARTS)


def broken(played, **parts):
    return replace(played, solution=replace(played.solution, **parts))


@pytest.mark.parametrize(
    ("check", "parts", "says"),
    [
        ("endpoints are whole", {"service": ""}, "without a service"),
        ("endpoints are whole", {"endpoints": (Endpoint("GET", "/a", "toy_shop.desk:gone"),)},
         "names no code"),
        ("endpoints are whole", {"endpoints": (Endpoint("GET", "/a", "toy_shop.desk:OPENED"),)},
         "no function"),
        ("endpoints are whole",
         {"endpoints": (Endpoint("POST", "/a", "toy_shop.desk:sold", "toy_shop.desk:sold"),)},
         "no pydantic model"),
        ("endpoints are whole", {"endpoints": (Endpoint("GET", "/a", "toy_shop.desk:sold"),) * 2},
         "twice"),
        ("endpoints are whole",
         {"endpoints": (Endpoint("GET", "/{a}", "toy_shop.desk:sold", "toy_shop.forms:Sale"),)},
         "no field for {a}"),
        ("pages are there", {"home": "none"}, "no page 'none'"),
        ("pages are there",
         {"pages": (Page("desk", "Desk", "toy_shop:gone.html", "toy_shop.desk:page"),)},
         "gone.html"),
        ("pages are there",
         {"pages": (Page("desk", "Desk", "toy_shop:desk.html", "toy_shop.desk:fail_page"),)},
         "names no code"),
        ("manifest is whole", {"learns_from": ()}, "nothing to learn from"),
        ("forbidden tables stay shut", {"forbidden_tables": ("sales",)}, "sales"),
        ("evidence is beside the rules", {"baselines": ("nobody",)}, "nobody"),
    ],
)  # fmt: skip
def test_a_check_can_fail(played, check, parts, says, monkeypatch):
    from perdure.kernel import discovery

    wrong = broken(played, **parts)
    # The pipelines look the manifest up by its name.
    monkeypatch.setattr(discovery, "solutions", lambda: {"shop": wrong.solution})
    assert says in CHECKS[check](wrong)
