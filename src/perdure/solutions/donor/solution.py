"""The manifest of donor engagement: which donor to contact, when, and with what?"""

from __future__ import annotations

from perdure.kernel.solution import IntendedUse, Solution
from perdure.solutions.donor.pages.page import ENDPOINTS, PAGES

_HERE = "perdure.solutions.donor"

SOLUTION = Solution(
    name="donor",
    title="Donor engagement",
    question="Which donor to contact, when, and with what?",
    seed="003",
    kind="policy",
    entity="donor",
    settings=f"{_HERE}.settings:DonorSettings",
    defaults=f"{_HERE}:defaults.yaml",
    tables=f"{_HERE}.tables:TABLES",
    features=f"{_HERE}.features:features",
    label=f"{_HERE}.label:label",
    train=f"{_HERE}.model:train",
    load_model=f"{_HERE}.predictor:load",
    propose=f"{_HERE}.decide:propose",
    restrict=f"{_HERE}.masks:restrictions",
    channels=("sms", "email", "incentive"),
    importers={
        "transfusion": f"{_HERE}.importers.transfusion:read",
        "donor_crm": f"{_HERE}.importers.donor_crm:read",
    },
    sample=f"{_HERE}.sample.world:sample",
    bench=f"{_HERE}.bench:bench",
    benches={"off-policy": f"{_HERE}.offpolicy_bench.bench:bench"},
    service=f"{_HERE}.pages.variants:open_service",
    endpoints=ENDPOINTS,
    worth="donations over leaving alone (simulated)",
    home="today",
    pages=PAGES,
    owner="donor services",
    schedule="0 5 1 * *",
    primary_metric="return",
    baselines=("never", "rfm", "greedy-propensity", "greedy-uplift"),
    use=IntendedUse(
        developer="The perdure maintainers; the deploying blood service names its own contact",
        funding="None from any maker of a product; the deploying service names its own funding",
        intended_use=(
            "Chooses for each donor whether to contact now and by what, so that donors are asked "
            "when it helps and left alone when it does not"
        ),
        population="Donors of a blood service with at least one donation and a consent on file",
        users="Blood-service operators and donor-relations managers",
        decision_role="augments",
        cautions=(
            "What contacts do is a prior from published studies until contacts were drawn by lot",
            "Not for deciding who may donate: eligibility stays with the blood service",
            "Not for paid donation; incentives are off until a country's rules allow them",
        ),
        limitations=(
            "Fatigue is inferred from the contact history; nobody can see it",
            "Values are simulated: they hold as far as the believed effects do",
            "Whole blood only; months, not days, are planned",
        ),
        fairness_approach=(
            "Sex and age are no inputs of the plan; calibration of the chance to return is "
            "watched by sex and country, and every policy is compared with never contacting anybody"
        ),
        sensitive_features=(
            "Sex sets the interval and the haemoglobin minimum only. Haemoglobin and ferritin "
            "close contacts and never open one. Age, race and language are not used"
        ),
    ),
)
