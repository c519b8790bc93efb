"""From proposals to decisions: limits, arms, reasons and chances, written in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Connection, select

from perdure.kernel.decisions import Proposal
from perdure.kernel.names import digest
from perdure.platform.decisions.history import Asking, read_history
from perdure.platform.decisions.limits import CAPACITY, Limited, enforce
from perdure.platform.decisions.log import DecisionLog
from perdure.platform.decisions.policy import HOLDOUT, DecisionPolicy
from perdure.platform.decisions.proposals import proposal_table, with_arms
from perdure.platform.decisions.records import BATCHES, BLOCKED
from perdure.platform.decisions.restrictions import known_restrictions

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

NOT_LISTED = (CAPACITY, "low-score")
"""Rules whose stops are only counted: they say no more than that others ranked higher."""


@dataclass(frozen=True, slots=True)
class DecisionReport:
    """What one call of :func:`decide` made: actions to take, hold-outs, and blocked ones by rule.

    ``repeated``: it had been decided before, and nothing was added.
    """

    batch: str
    solution: str
    case: str
    model: str
    policy: str
    data_as_of: datetime
    decided_at: datetime
    proposed: int
    decisions: int
    holdout: int
    blocked: Mapping[str, int]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """For what, with which model, on which data and when it is decided."""

    solution: str
    case: str
    model: str
    data_as_of: datetime
    at: datetime
    run: str = ""

    def batch(self, policy: DecisionPolicy) -> str:
        """The name of what is decided here; the same question again has the same name."""
        question = [self.solution, self.case, self.data_as_of.isoformat(), policy.digest()]
        return f"bat_{digest([*question, self.model])[:26]}"


def decide(
    project: Project,
    solution: str,
    case: str,
    proposals: Iterable[Proposal] | pl.DataFrame,
    policy: DecisionPolicy,
    *,
    model: str,
    data_as_of: datetime,
    run: str = "",
    at: datetime | None = None,
    contacts: pl.DataFrame | None = None,
) -> DecisionReport:
    """Decide upon proposals, once: the same solution, case, data, policy and model add nothing.

    ``proposals``: records, or a table as :data:`~.proposals.SCHEMA` describes it.
    ``contacts``: contacts from elsewhere (entity, at), e.g. from a promotion table.
    Limits are read and decisions written in one transaction, so two calls at the same time
    cannot both use the last place. Raises LimitError, deciding nothing, when limits are unreadable.
    """
    occasion = Occasion(solution, case, model, data_as_of, at or project.clock.now(), run)
    table = proposal_table(proposals, policy, occasion.at)
    table = with_arms(table, policy, policy.experiment or f"{solution}/{case}")
    log = DecisionLog(project.ops, project.var)
    with project.ops.begin() as connection:
        report = decide_within(connection, log, occasion, table, policy, contacts)
    if not report.repeated:
        log.keep_witness()
    return report


def decide_within(
    connection: Connection,
    log: DecisionLog,
    occasion: Occasion,
    table: pl.DataFrame,
    policy: DecisionPolicy,
    contacts: pl.DataFrame | None = None,
) -> DecisionReport:
    """The same inside a write transaction of the caller, for a group-commit writer's ``call``.

    ``table`` as :func:`proposal_table` and :func:`with_arms` give it.
    """
    batch = occasion.batch(policy)
    if earlier := stored_report(connection, batch):
        return earlier
    asking = Asking(occasion.solution, occasion.case, occasion.at)
    limited = enforce(
        table,
        restrictions=known_restrictions(connection, occasion.solution),
        history=read_history(connection, asking, policy, contacts),
        policy=policy,
        at=occasion.at,
    )
    log.append(connection, _rows(limited.kept, batch, occasion, policy))
    report = _report(limited, batch, occasion, policy, table.height)
    _store(connection, report, limited, occasion, policy, table["entity"].n_unique())
    return report


def stored_report(connection: Connection, batch: str) -> DecisionReport | None:
    """The report of a batch that was decided before, marked as repeated; None for a new one."""
    row = connection.execute(select(BATCHES).where(BATCHES.c.batch == batch)).mappings().first()
    return report_of(dict(row)) if row else None


def report_of(row: Mapping[str, Any]) -> DecisionReport:
    """The report that a row of the batches table holds."""
    names = ("batch", "solution", "case", "model", "policy", "data_as_of", "decided_at", "proposed")
    return DecisionReport(
        **{name: row[name] for name in names},
        decisions=row["treated"],
        holdout=row["holdout"],
        blocked=json.loads(row["blocked"]),
        repeated=True,
    )


def _rows(
    kept: pl.DataFrame, batch: str, occasion: Occasion, policy: DecisionPolicy
) -> list[dict[str, Any]]:
    names = ("entity", "action", "arm", "score", "propensity", "territory", "channel", "rank")
    fixed = {
        "batch": batch,
        "solution": occasion.solution,
        "case": occasion.case,
        "policy": policy.version(),
        "model": occasion.model,
        "data_as_of": occasion.data_as_of,
        "decided_at": occasion.at,
        "run": occasion.run,
        "limits": json.dumps(policy.limits()),
    }
    length = timedelta(days=policy.valid_days)
    return [
        fixed
        | {name: row[name] for name in (*names, "reasons", "alternatives")}
        | {
            "id": decision_id(batch, row["entity"], row["action"], row["start"]),
            "valid_from": row["start"],
            "valid_to": row["start"] + length,
        }
        for row in kept.iter_rows(named=True)
    ]


def decision_id(batch: str, entity: str, action: str, start: datetime) -> str:
    """The id of a decision: the same one each time the same thing is decided."""
    return f"dec_{digest([batch, entity, action, start.isoformat()])[:26]}"


def _report(
    limited: Limited, batch: str, occasion: Occasion, policy: DecisionPolicy, proposed: int
) -> DecisionReport:
    held = int((limited.kept["arm"] == HOLDOUT).sum())
    return DecisionReport(
        batch=batch,
        solution=occasion.solution,
        case=occasion.case,
        model=occasion.model,
        policy=policy.version(),
        data_as_of=occasion.data_as_of,
        decided_at=occasion.at,
        proposed=proposed,
        decisions=limited.kept.height - held,
        holdout=held,
        blocked=limited.counts(),
    )


def _store(
    connection: Connection,
    report: DecisionReport,
    limited: Limited,
    occasion: Occasion,
    policy: DecisionPolicy,
    entities: int,
) -> None:
    names = ("batch", "solution", "case", "model", "policy", "data_as_of", "decided_at", "proposed")
    row = {name: getattr(report, name) for name in (*names, "holdout")}
    row |= {
        "rules": json.dumps(asdict(policy)),
        "experiment": policy.experiment or f"{report.solution}/{report.case}",
        "entities": entities,
        "treated": report.decisions,
        "blocked": json.dumps(dict(report.blocked)),
        "run": occasion.run,
    }
    connection.execute(BATCHES.insert(), row)
    listed = limited.blocked.filter(~pl.col("rule").is_in(list(NOT_LISTED)))
    columns = listed.select("entity", "action", "territory", "rule").with_row_index("row")
    filled = columns.with_columns(
        pl.col("entity", "action").fill_null(""), batch=pl.lit(report.batch)
    )
    if filled.height:
        connection.execute(BLOCKED.insert(), filled.to_dicts())
