"""A small project for the tests of console and API: invented physicians, every kind of record.

Made through the platform's own functions, so that pages are tested on what they will meet.
"""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from perdure.kernel.clock import FixedClock
from perdure.kernel.decisions import Proposal, Reason
from perdure.kernel.discovery import solution
from perdure.kernel.evidence import Measured
from perdure.platform.automation.ledger import Ledger
from perdure.platform.decisions.decide import decide
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.monitoring.alarms import update_alarms
from perdure.platform.monitoring.reading import Reading
from perdure.platform.monitoring.results import Look, store_readings
from perdure.platform.registry.gate import Check, GateReport
from perdure.platform.registry.registry import Registry
from perdure.platform.storage.ingest import ingest
from perdure.platform.storage.project import Project
from perdure.platform.training.card import ATTRIBUTES, make_card
from perdure.platform.training.context import Candidate

NOW = datetime(2026, 2, 3, 9, 12)
DATA_AS_OF = datetime(2026, 1, 31)
CASE, SLUG, NAME = "DEMOVEL", "demovel", "conversion/demovel"
TERRITORIES = ("NJ-01", "NJ-02", "PA-01", "PA-02")
SPECIALTIES = ("Cardiology", "Internal medicine", "Family practice", "Nurse practitioner")
REASONS = (
    ("peer_share", "14 of 22 peers who share patients already write it"),
    ("claims_trend", "Claims of the market are up 38 % in 6 months"),
    ("visits_3mo", "Visited twice in the last quarter"),
    ("recency_visit", "No contact for 7 months"),
    ("breadth", "Writes 5 different products of the market"),
)
HOSTILE = '=HYPERLINK("x")<script>alert(1)</script>'
"""A specialty that must come out as text everywhere: page, CSV and JSON."""


class Training:
    """Where the candidate came from, as the registry wants to know it."""

    table, version, inputs = "training.conversion.demovel", 1, {"claims": 0}
    feature_digest, label_digest = "f" * 64, "a" * 64
    index_dates = (datetime(2025, 6, 30), datetime(2025, 9, 30))

    def frame(self) -> pa.Table:
        return pa.table({})


def make_project(root: Path, *, people: int = 120) -> Project:
    """The project with everything in it."""
    project = Project.create(root, clock=FixedClock(NOW))
    _tables(project)
    _models(project)
    _predictions(project, people)
    _decisions(project, people)
    _runs(project)
    _alarms(project)
    return project


def empty_project(root: Path) -> Project:
    """A project in which nothing has happened yet."""
    return Project.create(root, clock=FixedClock(NOW))


def entity(number: int) -> str:
    """The id of an invented physician."""
    return f"10000{number:05d}"


def probability(number: int) -> float:
    """The likelier the lower the number."""
    return 0.31 * 0.975**number


def _reasons(number: int) -> list[dict[str, object]]:
    draw = random.Random(number)
    chosen = draw.sample(REASONS, 3)
    return [
        {
            "feature": name,
            "value": draw.randint(1, 40),
            "effect": draw.uniform(-0.6, 1.1),
            "text": t,
        }
        for name, t in chosen
    ]


def _tables(project: Project) -> None:
    contracts = project.contracts(solution("conversion"))
    lines = ["npi,market,product,event_time,known_at,claims,patients,cost,days_supply"]
    for number in range(6):
        for month in range(1, 13):
            day = f"2025-{month:02d}-28"
            lines.append(f"{entity(number)},demolipids,OTHER,{day},{day},{10 + month},8,120.5,300")
    lines.append(f"{entity(1)},demolipids,OTHER,2025-01-30,2025-01-30,n/a,8,1,30")
    lines.append("12,demolipids,OTHER,2025-01-30,2025-01-30,4,8,1,30")
    file = project.root / "claims_2025.csv"
    file.write_text("\n".join(lines) + "\n")
    ingest(project, contracts["claims"], file)
    file.unlink()


def _evidence() -> list[Measured]:
    told = {
        ("data", "rows"): (15_554.0, None, None),
        ("data", "positives"): (340.0, None, None),
        ("served", "ap"): (0.241, 0.21, 0.27),
        ("served", "auc"): (0.838, 0.821, 0.853),
        ("served", "lift@0.10"): (5.1, 4.6, 5.5),
        ("served", "top-decile-calibration"): (1.04, 0.92, 1.17),
        ("volume", "ap"): (0.12, 0.1, 0.14),
        ("brand-share", "ap"): (0.09, 0.07, 0.11),
        ("peers", "ap"): (0.15, 0.13, 0.17),
        ("served - volume", "ap"): (0.12, 0.09, 0.15),
    }
    return [Measured(CASE, *names, *values, 15_554) for names, values in told.items()]  # type: ignore[misc]


def _gain(power: float) -> list[dict[str, float]]:
    captured = [1 - (1 - part / 10) ** power for part in range(11)]
    return [
        {"part": i, "rows": 1555.4, "positives": 30.0, "rate": 0.1, "captured": captured[i],
         "lift": (captured[i] - captured[i - 1]) * 10}
        for i in range(1, 11)
    ]  # fmt: skip


def _candidate(number: int) -> Candidate:
    shares = [part / 10 for part in range(1, 11)]
    report = {
        "split": "rolling origin",
        "chosen": "lightgbm",
        "gains": {"served": _gain(5), "volume": _gain(2), "peers": _gain(1.6)},
        "calibration": [
            {"rows": 1555, "predicted": s * s * 0.3, "observed": s * s * 0.29} for s in shares
        ],
        "slices": [
            Measured(f"{CASE} / state = NJ", "served", "auc", 0.81, 0.78, 0.84, 4000).as_row()
        ],
        "drivers": [{"feature": name, "mean_effect": 0.5 / (i + 1)}
                    for i, (name, _) in enumerate(REASONS)],
        "notes": [],
    }  # fmt: skip
    return Candidate(
        files={"model.json": json.dumps({"number": number}).encode()},
        evidence=_evidence(),
        profiles={},
        signature={"inputs": [], "output": "probability"},
        card=make_card("Conversion", {key: f"About {name}." for _, name, key, _ in ATTRIBUTES}),
        smoke=pa.table({"claims": [1.0]}),
        report=report,
    )


def _models(project: Project) -> None:
    registry, manifest = Registry(project), solution("conversion")
    for number in (1, 2, 3):
        made = registry.register(
            _candidate(number), manifest, CASE, f"run_{number}", training=Training()
        )
        if number < 3:
            champion = registry.champion(NAME)
            checks = (Check("beats volume", "passed", "lower bound above 0", "+0.09 to +0.15"),)
            gate = GateReport(made.reference, champion.reference if champion else None, checks)
            registry.promote(made.reference, actor="mara", reason="Better on later data", gate=gate)


def _predictions(project: Project, people: int) -> None:
    numbers = range(people)
    table = pa.table(
        {
            "entity": [entity(n) for n in numbers],
            "at": pa.array([DATA_AS_OF] * people, pa.timestamp("us")),
            "raw": [float(-n) for n in numbers],
            "probability": [probability(n) for n in numbers],
            "model": [f"{NAME}@2"] * people,
            "reasons": [json.dumps(_reasons(n)) for n in numbers],
            "run": ["run_1"] * people,
            "scored_at": pa.array([NOW] * people, pa.timestamp("us")),
            "territory": [TERRITORIES[n % 4] for n in numbers],
            "specialty": [HOSTILE if n == 3 else SPECIALTIES[n % 4] for n in numbers],
            "city": ["Springfield"] * people,
            "index_date": [f"{DATA_AS_OF:%Y-%m-%d}"] * people,
        }
    )
    project.lake.append(f"predictions.{NAME.replace('/', '.')}", table, key="first")


def _decisions(project: Project, people: int) -> None:
    proposals = [
        Proposal(
            entity(n),
            "call",
            probability(n),
            territory=TERRITORIES[n % 4],
            channel="call",
            reasons=tuple(
                Reason(str(r["feature"]), r["value"], float(r["effect"]), str(r["text"]))  # type: ignore[arg-type]
                for r in _reasons(n)
            ),
            alternatives={"none": 0.0, "call": probability(n)},
        )
        for n in range(people)
    ]
    policy = DecisionPolicy(capacity=15, holdout_share=0.15, contact_cap=4, minimum_gap_days=14)
    decide(project, "conversion", CASE, proposals, policy, model=f"{NAME}@2", data_as_of=DATA_AS_OF)


def _runs(project: Project) -> None:
    ledger = Ledger(project)
    with ledger.run(f"{NAME}/train", "one", {"tables": {"claims": 0}}) as run:
        run.step("fit", "one", lambda: {"rows": 15_554})
        run.finish({"models": {NAME: f"{NAME}@2"}, "summary": "ap 0.241: champion"})
    try:
        with ledger.run(f"{NAME}/score", "two", {"tables": {"claims": 0}}):
            raise ValueError("the table went away")
    except ValueError:
        pass


def _performance() -> list[Reading]:
    """The scores of October have matured, those of January have not."""
    came = {"low": 0.79, "high": 0.85, "rows": 1_204, "scores_of": "2025-10-31T00:00:00"}
    return [
        Reading("expected-performance", "auc", "ok", "as expected", 0.829, 0.76,
                {"scores_of": DATA_AS_OF.isoformat()}),
        Reading("realised-performance", "auc", "ok", "as measured", 0.82, 0.821, came),
    ]  # fmt: skip


def _alarms(project: Project) -> None:
    readings = [
        Reading("feature-drift", name, "alarm" if not i else "ok", f"{text}: moved",
                0.31 / (i + 1), 0.11)
        for i, (name, text) in enumerate(REASONS)
    ]  # fmt: skip
    readings += _performance()
    look = Look("look-1", "conversion", CASE, DATA_AS_OF, f"{NAME}@2")
    with project.ops.begin() as connection:
        store_readings(connection, look, readings, NOW)
        update_alarms(connection, "conversion", CASE, readings, NOW - timedelta(hours=5))
