"""What was decided together: for what, by which rules, how many, and how many were blocked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from perdure.kernel.names import digest
from perdure.platform.decisions.limits import CAPACITY, LOW_SCORE, Limited
from perdure.platform.decisions.policy import HOLDOUT, DecisionPolicy
from perdure.platform.decisions.records import BATCHES, BLOCKED

NOT_LISTED = (CAPACITY, LOW_SCORE)
"""Rules whose stops are only counted: they say no more than that others ranked higher."""

_SHARED = ("batch", "solution", "case", "model", "policy", "data_as_of", "decided_at", "proposed")


@dataclass(frozen=True, slots=True)
class Occasion:
    """For what, with which model, on which data, when and by which rules it is decided."""

    solution: str
    case: str
    policy: DecisionPolicy
    model: str
    data_as_of: datetime
    at: datetime
    run: str = ""

    @property
    def experiment(self) -> str:
        """The experiment that the hold-out belongs to: one a case, unless the policy names one."""
        return self.policy.experiment or f"{self.solution}/{self.case}"

    @property
    def batch(self) -> str:
        """The name of what is decided; the same question again has the same name."""
        question = [self.solution, self.case, self.data_as_of.isoformat(), self.model]
        return f"bat_{digest([*question, self.policy.digest()])[:26]}"


@dataclass(frozen=True, slots=True)
class DecisionReport:
    """What one call of ``decide`` made: actions to take, hold-outs, and blocked ones by rule.

    ``proposed`` counts proposals, ``entities`` whom they were about. Null actions are neither
    ``decisions`` nor ``holdout``: nothing is done, and nothing was withheld. ``repeated``: it had
    been decided before, and nothing was added.
    """

    batch: str
    solution: str
    case: str
    model: str
    policy: str
    data_as_of: datetime
    decided_at: datetime
    proposed: int
    entities: int
    decisions: int
    holdout: int
    blocked: Mapping[str, int]
    repeated: bool = False

    @property
    def left_alone(self) -> int:
        """How many null actions were chosen: logged, so that they can be learned from."""
        return self.proposed - self.decisions - self.holdout - sum(self.blocked.values())

    @classmethod
    def of(cls, occasion: Occasion, limited: Limited) -> DecisionReport:
        """The report of what the limits left."""
        acting = limited.kept.filter(pl.col("rank") > 0)
        held = int((acting["arm"] == HOLDOUT).sum())
        return cls(
            batch=occasion.batch,
            solution=occasion.solution,
            case=occasion.case,
            model=occasion.model,
            policy=occasion.policy.version(),
            data_as_of=occasion.data_as_of,
            decided_at=occasion.at,
            proposed=limited.kept.height + limited.blocked.height,
            entities=pl.concat([limited.kept["entity"], limited.blocked["entity"]]).n_unique(),
            decisions=acting.height - held,
            holdout=held,
            blocked=limited.counts(),
        )

    def plus(self, other: DecisionReport) -> DecisionReport:
        """Both together, under the name of this one."""
        rules = {**self.blocked, **other.blocked}
        return replace(
            self,
            proposed=self.proposed + other.proposed,
            entities=self.entities + other.entities,
            decisions=self.decisions + other.decisions,
            holdout=self.holdout + other.holdout,
            blocked={r: self.blocked.get(r, 0) + other.blocked.get(r, 0) for r in rules},
        )


def stored_report(connection: Connection, batch: str) -> DecisionReport | None:
    """The report of a batch that was decided before, marked as repeated; None for a new one."""
    row = connection.execute(select(BATCHES).where(BATCHES.c.batch == batch)).mappings().first()
    return report_of(dict(row)) if row else None


def report_of(row: Mapping[str, Any]) -> DecisionReport:
    """The report that a row of the batches table holds."""
    return DecisionReport(
        **{name: row[name] for name in _SHARED},
        entities=row["entities"],
        decisions=row["treated"],
        holdout=row["holdout"],
        blocked=json.loads(row["blocked"]),
        repeated=True,
    )


def store_batch(connection: Connection, occasion: Occasion, report: DecisionReport) -> None:
    """Write the report of a new batch."""
    row = {name: getattr(report, name) for name in _SHARED} | _counts(report)
    row |= {
        "rules": json.dumps(asdict(occasion.policy)),
        "experiment": occasion.experiment,
        "run": occasion.run,
    }
    connection.execute(BATCHES.insert(), row)


def add_to_batch(connection: Connection, occasion: Occasion, report: DecisionReport) -> None:
    """Add the numbers of a report to its batch, which grows with each request."""
    earlier = stored_report(connection, report.batch)
    if earlier is None:
        store_batch(connection, occasion, report)
        return
    both = earlier.plus(report)
    connection.execute(BATCHES.update().where(BATCHES.c.batch == report.batch), _counts(both))


def list_blocked(connection: Connection, batch: str, blocked: pl.DataFrame) -> None:
    """Write who was stopped by a limit, so that it can be seen."""
    listed = blocked.filter(~pl.col("rule").is_in(list(NOT_LISTED)))
    rows = listed.select(
        pl.col("entity", "action").fill_null(""), "territory", "rule", batch=pl.lit(batch)
    ).with_row_index("row")
    if rows.height:
        connection.execute(BLOCKED.insert(), rows.to_dicts())


def _counts(report: DecisionReport) -> dict[str, Any]:
    return {
        "proposed": report.proposed,
        "entities": report.entities,
        "treated": report.decisions,
        "holdout": report.holdout,
        "blocked": json.dumps(dict(report.blocked)),
    }
