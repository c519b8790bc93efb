"""All scenarios by name."""

from __future__ import annotations

from tools.kill_sweep.scenario import Scenario
from tools.kill_sweep.scenarios.answers import Answers
from tools.kill_sweep.scenarios.builds import Builds
from tools.kill_sweep.scenarios.bundles import Bundles, UnsafeBundles
from tools.kill_sweep.scenarios.decisions import Decisions
from tools.kill_sweep.scenarios.events import Events, Pairs, UnsafeEvents
from tools.kill_sweep.scenarios.ingests import Ingests
from tools.kill_sweep.scenarios.lifecycle import Lifecycle
from tools.kill_sweep.scenarios.promotions import Promotions, UnsafePromotions
from tools.kill_sweep.scenarios.runs import Runs

_KEEPING: tuple[Scenario, ...] = (
    Events(),
    Pairs(),
    Bundles(),
    Runs(),
    Ingests(),
    Builds(),
    Promotions(),
    Decisions(),
    Answers(),
    Lifecycle(),
)
_BREAKING: tuple[Scenario, ...] = (UnsafeEvents(), UnsafeBundles(), UnsafePromotions())

SAFE = {scenario.name: scenario for scenario in _KEEPING}
"""Those that must keep every promise."""

UNSAFE = {scenario.name: scenario for scenario in _BREAKING}
"""Those that break one on purpose: the sweep must see it."""

SCENARIOS = {**SAFE, **UNSAFE}
