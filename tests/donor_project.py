"""A small blood service that has lived for a while: imported, trained, scored, decided."""

from __future__ import annotations

from pathlib import Path

from perdure.kernel.discovery import solution
from perdure.platform.automation.pipelines.decisions import propose_and_decide
from perdure.platform.automation.rehearsed import Rehearsed
from perdure.platform.registry.gate import Check, GateReport
from perdure.platform.registry.registry import Registry
from perdure.platform.storage.project import Project

# As little of everything as the pages can show.
CONF = """
index: { count: 3 }
propensity: { repeats: 1, folds: 3 }
training: { folds: 3, replicates: 50, slices: [] }
rules:
  US: { incentives_allowed: true, source: the sample world, date: 2026-01-01 }
incentive:
  offered: mug
  catalogue: { mug: { cash_equivalent: false, value: 5 } }
simulator: { donors: 500, worlds: 2, months: 12 }
policy:
  caution: { nominal: [1.0, 1.0, 1.0] }
decision: { exploration_share: 0.3 }
"""


def make_project(root: Path, *, size: int = 3_000, seed: int = 3) -> Project:
    """The project, at the end of its sample world."""
    played = Rehearsed(root, solution("donor"), size, seed)
    conf = played.project.root / "conf" / "base"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "donor.yaml").write_text(CONF)
    name = played.version.reference
    gate = GateReport(name, None, (Check("made for tests", "passed", "", ""),))
    Registry(played.project).promote(name, actor="mara", reason="A first policy", gate=gate)
    scored = played.scored
    rows = played.project.lake.dataset(scored.table, scored.version).to_table()
    propose_and_decide(played.work, rows, played.at, name)
    return played.project
