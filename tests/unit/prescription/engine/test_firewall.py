"""What promotes a product changes no suggestion: its tables may be there, gone or shuffled."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.discovery import solution
from perdure.platform.automation.pipelines.training import candidate, training_table
from perdure.platform.automation.pipelines.work import open_work
from perdure.platform.automation.rehearsal import bring
from perdure.platform.registry.gate import GateReport
from perdure.platform.registry.registry import Registry
from perdure.platform.storage.lake import Lake
from perdure.platform.storage.project import Project
from perdure.solutions.conversion.tables import PROMOTION
from perdure.solutions.prescription.assistant import open_assistant
from perdure.solutions.prescription.prescription import Prescription
from perdure.solutions.prescription.sample.world import PrescriptionWorld

SETTINGS = """\
model: { fewest_regressor: 50, tune_visits: 50, rank_visits: 50, test_visits: 50, trees: 4,
         leaves: 5, free_terms: 4 }
"""
WORLD = PrescriptionWorld(seed=5, visits=240)


def promoted(order):
    """Payments to the sample's doctors for its brands, in some order of doctors."""
    n = len(order)
    when = pa.repeat(pa.scalar(WORLD.start, pa.timestamp("us")), n)
    brands = WORLD.practice.codes["brand"]
    return pa.table(
        {
            "npi": [f"doctor-{number:02d}" for number in order],
            "product": [brands[int(k) % len(brands)] for k in range(n)],
            "channel": ["call"] * n,
            "event_time": when,
            "known_at": when,
            "contacts": pa.array(np.arange(n, dtype=float)),
            "amount_usd": pa.array(np.arange(n, dtype=float) * 1e4),
            "reference": [f"r{k}" for k in range(n)],
        }
    )


ERASED, THERE, SHUFFLED = None, np.arange(1, 41), np.random.default_rng(1).permutation(40) + 1


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Per state of the promotional tables: what was suggested, the model, and what was read."""
    return [played(tmp_path_factory.mktemp("p"), order) for order in (ERASED, THERE, SHUFFLED)]


def played(folder, order):
    manifest = solution("prescription")
    project = Project.create(folder / "clinic", clock=FixedClock(WORLD.horizon))
    (project.root / "conf/base/prescription.yaml").write_text(SETTINGS)
    bring(project, manifest, WORLD.tables(WORLD.horizon))
    for name in (*manifest.forbidden_tables, PROMOTION.name) if order is not None else ():
        if not project.lake.exists(name):
            project.lake.append(name, promoted(order), key="sample")
    read, kept = [], Lake._open
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Lake, "_open", lambda lake, name, *a: (read.append(name), kept(lake, name, *a))[1]
        )
        return *suggested(project, manifest), set(read)


def suggested(project, manifest):
    work = open_work(project, "prescription")
    table = training_table(work, WORLD.horizon, [])
    registry = Registry(project)
    made = registry.register(candidate(work, table), manifest, work.case, training=table)
    gate = GateReport(made.reference, None, ())
    registry.promote(made.reference, actor="test", reason="to be asked", gate=gate)
    assistant = open_assistant(project, work.settings, work.case)
    asked = [Prescription("doctor-03", "cardiology"), *WORLD.desk(4, WORLD.horizon - timedelta(1))]
    told = [repr(assistant.suggest(one).fields).encode() for one in asked]
    assistant.close()
    files = registry.open(made.reference).files()
    engine = {n: files[n] for n in files if n == "parts.npz" or n.startswith("ranker")}
    project.ops.close()
    return told, engine


def test_suggestions_are_the_same_to_the_byte(opened):
    erased, there, shuffled = (told for told, _, _ in opened)
    assert len(erased) == 5
    assert all(len(text) > 1_000 for text in erased)
    assert erased == there == shuffled


def test_so_is_the_model(opened):
    erased, there, shuffled = (engine for _, engine, _ in opened)
    assert len(erased) == 7
    assert erased == there == shuffled


def test_no_promotional_table_is_opened(opened):
    forbidden = {*solution("prescription").forbidden_tables, PROMOTION.name}
    for _, _, read in opened:
        assert "prescription_visit" in read
        assert not read & forbidden
