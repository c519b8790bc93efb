"""The manifest of the toy shop."""

from __future__ import annotations

from perdure.kernel.endpoints import Endpoint
from perdure.kernel.solution import IntendedUse, Page, Solution

_HERE = "toy_shop"

SOLUTION = Solution(
    name="shop",
    title="Toy shop",
    question="Which items will this group take next?",
    seed="own",
    kind="recommender",
    entity="group",
    settings=f"{_HERE}.settings:ShopSettings",
    defaults=f"{_HERE}:defaults.yaml",
    tables=f"{_HERE}.tables:TABLES",
    train=f"{_HERE}.model:train",
    load_model=f"{_HERE}.model:load",
    sample=f"{_HERE}.sample:sample",
    benches={"shop-lines": f"{_HERE}.lines:bench"},
    learns_from=("sales",),
    forbidden_tables=("adverts",),
    monitors=f"{_HERE}.desk:monitors",
    rehearse=f"{_HERE}.desk:rehearse",
    service=f"{_HERE}.desk:open_desk",
    endpoints=(
        Endpoint(
            "GET", "/items/{group}", f"{_HERE}.desk:suggest", f"{_HERE}.forms:Wanted",
            f"{_HERE}.forms:Suggested", summary="The items that a group takes most often.",
        ),
        Endpoint(
            "POST", "/groups/{group}/sales", f"{_HERE}.desk:sold", f"{_HERE}.forms:Sale",
            policy="act", status=201, summary="Tell what a group took",
        ),
        Endpoint("POST", "/sales", f"{_HERE}.desk:sold", f"{_HERE}.forms:Sale", policy="act"),
        Endpoint("GET", "/shop-services/{id}", f"{_HERE}.desk:named", policy="public", root=True),
        Endpoint("GET", "/failure/{kind}", f"{_HERE}.desk:fail"),
    ),
    pages=(
        Page(
            "desk", "Desk", f"{_HERE}:desk.html", f"{_HERE}.desk:page",
            scripts=(f"{_HERE}:desk.js",), styles=(f"{_HERE}:desk.css",),
        ),
    ),
    home="desk",
    owner="the tests",
    primary_metric="hit@3",
    baselines=("everyone",),
    use=IntendedUse(
        developer="The tests",
        funding="Nobody",
        intended_use="Suggests items",
        population="Groups of buyers",
        users="People at the till",
        decision_role="informs",
        cautions=("Not for anything else",),
        limitations=("Knows nothing but counts",),
        fairness_approach="Every group is measured",
        sensitive_features="None",
    ),
)  # fmt: skip
