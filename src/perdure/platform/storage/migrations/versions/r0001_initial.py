"""The operational tables of the first release.

Written by ``python -m tools.make_initial_migration`` from the declarations; not by hand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _alarms()
    _decision_batches()
    _decision_blocks()
    _decision_heads()
    _decisions()
    _ingests()
    _leases()
    _model_versions()
    _monitor_results()
    _restrictions()
    _run_requests()
    _runs()
    _aliases()
    _feedback()
    _outcomes()
    _promotions()
    _run_steps()


def _alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("solution", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=128), nullable=False),
        sa.Column("monitor", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=192), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("effect", sa.Double(), nullable=True),
        sa.Column("limit", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index(
        op.f("ix_alarms_solution_case_state"), "alarms", ["solution", "case", "state"], unique=False
    )
    op.create_index(
        "one_standing_alarm",
        "alarms",
        ["solution", "case", "monitor", "subject"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )


def _decision_batches() -> None:
    op.create_table(
        "decision_batches",
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("solution", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=128), nullable=False),
        sa.Column("data_as_of", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("model", sa.String(length=192), nullable=False),
        sa.Column("policy", sa.String(length=128), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("experiment", sa.String(length=128), nullable=False),
        sa.Column("proposed", sa.Integer(), nullable=False),
        sa.Column("entities", sa.Integer(), nullable=False),
        sa.Column("treated", sa.Integer(), nullable=False),
        sa.Column("holdout", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_decision_batches")),
    )
    op.create_index(
        op.f("ix_decision_batches_solution_case_decided_at"),
        "decision_batches",
        ["solution", "case", "decided_at"],
        unique=False,
    )


def _decision_blocks() -> None:
    op.create_table(
        "decision_blocks",
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("territory", sa.String(length=128), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("batch", "row", name=op.f("pk_decision_blocks")),
    )
    op.create_index(op.f("ix_decision_blocks_entity"), "decision_blocks", ["entity"], unique=False)


def _decision_heads() -> None:
    op.create_table(
        "decision_heads",
        sa.Column("log", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_decision_heads")),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("solution", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=128), nullable=False),
        sa.Column("entity", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("arm", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("propensity", sa.Double(), nullable=False),
        sa.Column("territory", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=128), nullable=False),
        sa.Column("model", sa.String(length=192), nullable=False),
        sa.Column("data_as_of", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("valid_from", sa.DateTime(), nullable=False),
        sa.Column("valid_to", sa.DateTime(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("alternatives", sa.Text(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_decisions")),
        sa.UniqueConstraint("id", name=op.f("uq_decisions_id")),
    )
    op.create_index(op.f("ix_decisions_batch"), "decisions", ["batch"], unique=False)
    op.create_index(
        op.f("ix_decisions_entity_valid_to"), "decisions", ["entity", "valid_to"], unique=False
    )
    op.create_index(
        op.f("ix_decisions_solution_case_valid_to"),
        "decisions",
        ["solution", "case", "valid_to"],
        unique=False,
    )
    op.create_index(op.f("ix_decisions_valid_to"), "decisions", ["valid_to"], unique=False)


def _ingests() -> None:
    op.create_table(
        "ingests",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("table_name", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=1024), nullable=False),
        sa.Column("contract", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("restated", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("by_rule", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ingests")),
    )
    op.create_index("ix_ingests_table_name_at", "ingests", ["table_name", "at"], unique=False)


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("machine", sa.String(length=256), nullable=False),
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def _model_versions() -> None:
    op.create_table(
        "model_versions",
        sa.Column("name", sa.String(length=192), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("solution", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=128), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("feature_digest", sa.String(length=64), nullable=False),
        sa.Column("training_table", sa.String(length=192), nullable=False),
        sa.Column("training_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("name", "digest", name=op.f("uq_model_versions_name_digest")),
    )


def _monitor_results() -> None:
    op.create_table(
        "monitor_results",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("solution", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=128), nullable=False),
        sa.Column("monitor", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=192), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("limit", sa.Double(), nullable=True),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=192), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_monitor_results")),
    )
    op.create_index(
        op.f("ix_monitor_results_batch_monitor_subject"),
        "monitor_results",
        ["batch", "monitor", "subject"],
        unique=True,
    )
    op.create_index(
        op.f("ix_monitor_results_solution_case_at"),
        "monitor_results",
        ["solution", "case", "at"],
        unique=False,
    )


def _restrictions() -> None:
    op.create_table(
        "restrictions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("entity", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("starts", sa.DateTime(), nullable=False),
        sa.Column("ends", sa.DateTime(), nullable=True),
        sa.Column("source", sa.String(length=256), nullable=False),
        sa.Column("lifts", sa.String(length=64), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restrictions")),
    )
    op.create_index(op.f("ix_restrictions_entity"), "restrictions", ["entity"], unique=False)
    op.create_index(op.f("ix_restrictions_lifts"), "restrictions", ["lifts"], unique=False)


def _run_requests() -> None:
    op.create_table(
        "run_requests",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("solution", sa.String(length=64), nullable=False),
        sa.Column("case", sa.String(length=128), nullable=False),
        sa.Column("pipeline", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("alarm", sa.String(length=64), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("run", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_requests")),
    )
    op.create_index(
        op.f("ix_run_requests_solution_case_asked_at"),
        "run_requests",
        ["solution", "case", "asked_at"],
        unique=False,
    )
    op.create_index(
        "one_active_request",
        "run_requests",
        ["solution", "case"],
        unique=True,
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pipeline", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("outputs", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("pipeline", "key", name=op.f("uq_runs_pipeline_key")),
    )
    op.create_index(op.f("ix_runs_started_at"), "runs", ["started_at"], unique=False)


def _aliases() -> None:
    op.create_table(
        "aliases",
        sa.Column("name", sa.String(length=192), nullable=False),
        sa.Column("alias", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["name", "version"],
            ["model_versions.name", "model_versions.version"],
            name=op.f("fk_aliases_name_version"),
        ),
        sa.PrimaryKeyConstraint("name", "alias", name=op.f("pk_aliases")),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decisions.id"], name=op.f("fk_feedback_decision")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_feedback")),
        sa.UniqueConstraint("key", name=op.f("uq_feedback_key")),
    )
    op.create_index(
        op.f("ix_feedback_decision_kind"), "feedback", ["decision", "kind"], unique=False
    )
    op.create_index(op.f("ix_feedback_kind_at"), "feedback", ["kind", "at"], unique=False)


def _outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("contract", sa.String(length=64), nullable=False),
        sa.Column("index_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("label", sa.Double(), nullable=True),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decisions.id"], name=op.f("fk_outcomes_decision")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_outcomes")),
    )
    op.create_index(
        op.f("ix_outcomes_contract_state"), "outcomes", ["contract", "state"], unique=False
    )
    op.create_index(
        op.f("ix_outcomes_decision_contract"), "outcomes", ["decision", "contract"], unique=False
    )


def _promotions() -> None:
    op.create_table(
        "promotions",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=192), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("gate", sa.JSON(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["name", "version"],
            ["model_versions.name", "model_versions.version"],
            name=op.f("fk_promotions_name_version"),
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_promotions")),
    )
    op.create_index(op.f("ix_promotions_name"), "promotions", ["name"], unique=False)


def _run_steps() -> None:
    op.create_table(
        "run_steps",
        sa.Column("run", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("outputs", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_run_steps_run")),
        sa.PrimaryKeyConstraint("run", "name", name=op.f("pk_run_steps")),
    )
