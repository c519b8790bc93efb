"""The manifest of the prescription assistant: what is this doctor about to enter next?"""

from __future__ import annotations

from perdure.kernel.solution import IntendedUse, Solution
from perdure.solutions.prescription.api.endpoints import ENDPOINTS
from perdure.solutions.prescription.pad.page import PAGES

_HERE = "perdure.solutions.prescription"

SOLUTION = Solution(
    name="prescription",
    title="Prescription assistant",
    question="What is this doctor about to enter next?",
    seed="004",
    kind="recommender",
    entity="prescription",
    settings=f"{_HERE}.settings:PrescriptionSettings",
    defaults=f"{_HERE}:defaults.yaml",
    tables=f"{_HERE}.tables:TABLES",
    learns_from=("prescription_visit", "prescription_entry", "prescription_term"),
    train=f"{_HERE}.model:train",
    load_model=f"{_HERE}.model:load",
    service=f"{_HERE}.assistant:open_assistant",
    collect=f"{_HERE}.collecting:collect",
    endpoints=ENDPOINTS,
    pages=PAGES,
    home="pad",
    importers={
        "namcs": f"{_HERE}.importers.namcs:read",
        "icd10": f"{_HERE}.importers.terms:read_icd10",
        "medicines": f"{_HERE}.importers.terms:read_medicines",
    },
    sample=f"{_HERE}.sample.world:sample",
    rehearse=f"{_HERE}.sample.rehearsal:rehearse",
    bench=f"{_HERE}.bench:bench",
    monitors=f"{_HERE}.monitors:monitors",
    owner="clinical informatics",
    schedule="0 3 * * *",
    primary_metric="one@8",
    baselines=("popularity", "seed_v1-tuned", "ridge-doctor"),
    forbidden_tables=("promotion", "contact", "payment", "sample_drop", "campaign"),
    use=IntendedUse(
        developer="The perdure maintainers; the deploying clinic names its own contact",
        funding="None from any maker of a product; the deploying clinic names its own funding",
        intended_use=(
            "Saves keystrokes: shows the entries that a doctor most likely makes next, for every "
            "field of a prescription, after every entry. The doctor decides"
        ),
        population="Visits like those that the model learned from; see the facts of this card",
        users="Doctors while they write a prescription",
        decision_role="informs",
        cautions=(
            "Not a diagnosis and not a recommendation of treatment: it repeats what doctors did",
            "Not for patients, not without a doctor, not for judging a doctor",
            "Safety checks know only the tables that are named beside each alert",
        ),
        limitations=(
            "Terms that were never entered are not suggested until they were",
            "A new doctor sees what is usual for the specialty until some visits are saved",
            "What is common is shown, also where a guideline says otherwise",
        ),
        fairness_approach=(
            "Age and sex of the patient are inputs, because medicine depends on them; accuracy "
            "is measured by specialty and by doctor"
        ),
        sensitive_features=(
            "Age and sex of the patient are used. None of race, ethnicity, language, orientation "
            "or gender identity is known to the model. No promotional table is opened"
        ),
    ),
)
