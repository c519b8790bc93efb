"""The manifest of conversion: which physicians will write the brand for the first time?"""

from __future__ import annotations

from perdure.kernel.solution import IntendedUse, Solution

_HERE = "perdure.solutions.conversion"

SOLUTION = Solution(
    name="conversion",
    title="Physician conversion",
    question="Which physicians will write the brand for the first time?",
    seed="000",
    kind="classifier",
    entity="physician",
    settings=f"{_HERE}.settings:ConversionSettings",
    defaults=f"{_HERE}:defaults.yaml",
    tables=f"{_HERE}.tables:TABLES",
    features=f"{_HERE}.features:features",
    label=f"{_HERE}.label:label",
    train=f"{_HERE}.model:train",
    propose=f"{_HERE}.decide:propose",
    sentence=f"{_HERE}.reasons:sentence",
    sample=f"{_HERE}.sample.world:sample",
    timeline=f"{_HERE}.page:timeline",
    importers={
        "cms": f"{_HERE}.importers.cms:read",
        "seed000": f"{_HERE}.seed000.reader:read",
    },
    downloads=f"{_HERE}.downloads:DOWNLOADS",
    bench=f"{_HERE}.bench:bench",
    owner="commercial analytics",
    schedule="0 6 1 * *",
    primary_metric="ap",
    baselines=("volume", "brand-share", "peers"),
    use=IntendedUse(
        developer="The perdure maintainers; the deploying company names its own contact",
        funding="None from any maker of a product; the deploying company names its own funding",
        intended_use=(
            "Ranks physicians who do not write a brand yet by the chance that they will, so that "
            "representatives choose whom to inform next"
        ),
        population="Physicians with prescriptions in the brand's market and none of the brand",
        users="Brand leads, commercial analysts, representatives of the territory",
        decision_role="informs",
        cautions=(
            "A propensity, not the effect of a visit: the hold-out measures that",
            "Not for patients, not for reimbursement, not for judging a physician",
            "Opioids and unapproved uses are excluded by policy",
        ),
        limitations=(
            "Learns from prescriptions that the source shows; hidden small counts are not zeros",
            "Physicians without recent prescriptions in the market are not ranked",
            "A new brand has no history of its own: see the cold-start figures",
        ),
        fairness_approach=(
            "Gender and age are no inputs; results are measured by specialty, state and by how "
            "much history a physician has"
        ),
        sensitive_features=(
            "None of race, ethnicity, language, orientation, gender identity, sex or birth date "
            "of physicians or patients; year of graduation is used and is related to age"
        ),
    ),
)
