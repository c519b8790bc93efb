"""The operational tables of the first release.

Written by ``python -m tools.make_initial_migration`` from the declarations; not by hand.
"""

from __future__ import annotations

from perdure.platform.storage.migrations.initial import (
    automation,
    decisions,
    feedback,
    monitoring,
    registry,
    storage,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, those that others refer to first."""
    monitoring.alarms()
    decisions.decision_batches()
    decisions.decision_blocks()
    decisions.decision_heads()
    decisions.decisions()
    storage.ingests()
    automation.leases()
    registry.model_versions()
    monitoring.monitor_results()
    decisions.restrictions()
    monitoring.run_requests()
    automation.runs()
    registry.aliases()
    feedback.feedback()
    feedback.outcomes()
    registry.promotions()
    automation.run_steps()
