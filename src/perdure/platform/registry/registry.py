"""Model versions by name, and which of them is in service."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from perdure.kernel.errors import GateRefused, StoreError, UsageError
from perdure.kernel.evidence import Measured
from perdure.kernel.names import slug
from perdure.kernel.solution import Solution
from perdure.platform.registry.bundle import ModelBundle, pack
from perdure.platform.registry.records import ALIASES, MODEL_VERSIONS, PROMOTIONS
from perdure.platform.registry.versions import (
    CHALLENGER,
    CHAMPION,
    ModelVersion,
    Promotion,
    alias,
    changes,
    newest,
    promotion,
    read_versions,
    serving,
    unknown,
    version_of,
)
from perdure.platform.training.context import Candidate, TrainingTable
from perdure.platform.training.evidence import SERVED

if TYPE_CHECKING:
    from perdure.platform.registry.gate import GateReport
    from perdure.platform.storage.project import Project

__all__ = ["ModelVersion", "Promotion", "Registry", "model_name"]


def model_name(solution: str, case: str) -> str:
    """The name of the models of a case.

    >>> model_name("conversion", "VOLTAREN")
    'conversion/voltaren'
    """
    return f"{solution}/{slug(case)}"


class Registry:
    """The model versions of a project."""

    def __init__(self, project: Project) -> None:
        self._ops, self._artifacts, self._clock = project.ops, project.artifacts, project.clock

    def register(
        self,
        candidate: Candidate,
        solution: Solution,
        case: str,
        run: str = "",
        *,
        training: TrainingTable,
    ) -> ModelVersion:
        """Store the candidate as the next version of its name; the same bytes keep their version.

        It becomes ``challenger`` unless it is the champion already. The files are on disk before
        the version is visible: a kill in between leaves nothing that anyone can see.
        """
        name = model_name(solution.name, case)
        digest = self._artifacts.put(pack(candidate, _about(solution, case, training)))
        row = {
            "name": name,
            "digest": digest,
            "solution": solution.name,
            "case": case,
            "run": run,
            "metrics": _headline(candidate.evidence, case),
            "feature_digest": training.feature_digest,
            "training_table": training.table,
            "training_version": training.version,
            "created_at": self._clock.now(),
        }
        with self._ops.begin() as connection:
            version = version_of(connection, name, digest)
            if version is None:
                version = newest(connection, name) + 1
                connection.execute(insert(MODEL_VERSIONS), row | {"version": version})
            if alias(connection, name, CHAMPION) != version:
                self._point(connection, name, {CHALLENGER: version})
        return self.get(f"{name}@{version}")

    def names(self) -> tuple[str, ...]:
        """Every model name, in alphabetical order."""
        with self._ops.connect() as connection:
            found = connection.scalars(select(MODEL_VERSIONS.c.name).distinct())
            return tuple(sorted(found))

    def versions(self, name: str) -> list[ModelVersion]:
        """All versions of a name, newest first; none when nothing was registered under it."""
        with self._ops.connect() as connection:
            return read_versions(connection, name)

    def get(self, reference: str) -> ModelVersion:
        """The version that ``name@3``, ``name@champion`` or ``name@challenger`` means."""
        name, _, which = reference.rpartition("@")
        with self._ops.connect() as connection:
            if which in (CHAMPION, CHALLENGER):
                number = alias(connection, name, which)
            else:
                # Eighteen digits are more than any store counts to, and the most that it can hold.
                digits = which.isascii() and which.isdigit() and len(which) <= 18
                number = int(which) if digits else None
            found = read_versions(connection, name, number) if number is not None else []
            if not found:
                raise unknown(connection, reference, name)
            return found[0]

    def champion(self, name: str) -> ModelVersion | None:
        """The version in service, or None."""
        with self._ops.connect() as connection:
            number = alias(connection, name, CHAMPION)
        return None if number is None else self.get(f"{name}@{number}")

    def open(self, reference: str) -> ModelBundle:
        """The files of a version, each checked against its SHA-256 before any is handed out."""
        return ModelBundle(self._artifacts.open(self.get(reference).digest))

    def history(self, name: str) -> list[Promotion]:
        """Every promotion and rollback of a name, newest first."""
        with self._ops.connect() as connection:
            return [promotion(row) for row in reversed(changes(connection, name))]

    def digests(self) -> set[str]:
        """The digests of all versions: the bundles that must be kept."""
        with self._ops.connect() as connection:
            return set(connection.scalars(select(MODEL_VERSIONS.c.digest)))

    def promote(self, reference: str, *, actor: str, reason: str, gate: GateReport) -> ModelVersion:
        """Put a version into service; the former champion becomes challenger, in one transaction.

        ``gate`` must be about this very version and have judged it against the champion of this
        moment. Raises GateRefused when it did not let it pass. Promoting the champion itself
        changes nothing.
        """
        wanted = self.get(reference)
        if gate.reference != wanted.reference or not gate.passed:
            raise GateRefused(
                f"{wanted.reference} may not serve: {gate.refusal()}"
                if gate.reference == wanted.reference
                else f"the gate judged {gate.reference}, not {wanted.reference}",
                hint=f"perdure models {wanted.name}",
            )
        self.open(wanted.reference)
        with self._ops.begin() as connection:
            present = alias(connection, wanted.name, CHAMPION)
            if present == wanted.version:
                return wanted
            if gate.champion != (None if present is None else f"{wanted.name}@{present}"):
                raise StoreError(
                    f"the champion of {wanted.name} changed since the gate judged",
                    hint=f"perdure promote {wanted.reference}",
                )
            self._change(connection, "promote", wanted, present, actor, reason, gate=gate.as_dict())
        return self.get(wanted.reference)

    def rollback(self, name: str, *, actor: str, reason: str) -> ModelVersion:
        """Put the champion before the present one back into service, in one transaction.

        Repeated, it goes further back. The bytes of the version are checked first.
        """
        target = self._before(name)
        self.open(target.reference)
        with self._ops.begin() as connection:
            stack = serving(changes(connection, name))
            if len(stack) < 2 or stack[-2] != target.version:
                raise StoreError(f"the champion of {name} changed meanwhile", hint="look again")
            self._change(connection, "rollback", target, stack[-1], actor, reason)
        return self.get(target.reference)

    def _before(self, name: str) -> ModelVersion:
        with self._ops.connect() as connection:
            stack = serving(changes(connection, name))
        if len(stack) < 2:
            raise UsageError(
                f"{name} has no earlier champion to go back to", hint=f"perdure models {name}"
            )
        return self.get(f"{name}@{stack[-2]}")

    def _change(
        self,
        connection: Connection,
        kind: str,
        to: ModelVersion,
        previous: int | None,
        actor: str,
        reason: str,
        gate: Mapping[str, Any] | None = None,
    ) -> None:
        row = {
            "name": to.name,
            "kind": kind,
            "version": to.version,
            "previous": previous,
            "actor": actor,
            "reason": reason,
            "gate": gate,
            "at": self._clock.now(),
        }
        connection.execute(insert(PROMOTIONS), row)
        aliases = {CHAMPION: to.version}
        if previous is not None:
            aliases[CHALLENGER] = previous
        else:
            challenger = ALIASES.c.alias == CHALLENGER
            mine = (ALIASES.c.name == to.name) & (ALIASES.c.version == to.version)
            connection.execute(ALIASES.delete().where(challenger & mine))
        self._point(connection, to.name, aliases)

    def _point(self, connection: Connection, name: str, aliases: Mapping[str, int]) -> None:
        statement = self._ops.upsert(ALIASES, ("name", "alias"), ("version", "changed_at"))
        now = self._clock.now()
        rows = [
            {"name": name, "alias": alias, "version": version, "changed_at": now}
            for alias, version in aliases.items()
        ]
        connection.execute(statement, rows)


def _about(solution: Solution, case: str, training: TrainingTable) -> dict[str, Any]:
    return {
        "solution": solution.name,
        "kind": solution.kind,
        "case": case,
        "training_table": training.table,
        "training_version": training.version,
        "made_from": dict(training.inputs),
        "index_dates": [date.isoformat() for date in sorted(training.index_dates)],
        "feature_digest": training.feature_digest,
        "label_digest": training.label_digest,
    }


def _headline(evidence: Sequence[Measured], case: str) -> dict[str, float]:
    return {
        row.metric: row.value
        for row in evidence
        if row.case == case and row.method == SERVED and math.isfinite(row.value)
    }
