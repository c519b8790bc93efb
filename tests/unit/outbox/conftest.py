"""A small blood service with decisions that stand, ready to go out."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import pytest

from perdure.kernel.clock import FixedClock
from perdure.kernel.decisions import Proposal, Reason
from perdure.platform.decisions.decide import decide
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.storage.project import Project

sys.path.insert(0, str(Path(__file__).parent))

NOW = datetime(2026, 3, 2, 12)
POLICY = DecisionPolicy(
    holdout_share=0.0, quiet_hours=(20, 8), quiet_channels=("sms",), valid_days=14
)
VARIANT = (Reason("variant", "B", 0.0, "Subject B"), Reason("hour", 18.0, 0.0, "At 18:00"))


@pytest.fixture
def project(tmp_path):
    made = Project.create(tmp_path / "p", clock=FixedClock(NOW))
    proposals = [
        Proposal(f"d{n}", channel, 1.0 - n / 10, channel=channel,
                 reasons=VARIANT if n else ())
        for n, channel in enumerate(("email", "email", "sms"))
    ]  # fmt: skip
    decide(made, "donor_test", "north", proposals, POLICY, model="m@1", data_as_of=NOW)
    yield made
    made.ops.close()


@pytest.fixture
def configured(project):
    """Writes conf/base/outbox.yaml."""

    def write(text: str) -> Project:
        (project.root / "conf" / "base" / "outbox.yaml").write_text(text, encoding="utf-8")
        return project

    return write
