"""Decisions asked for one request at a time, many a second: those that wait are decided together.

Limits are looked at, and the log is written, for all requests that are waiting, in one
transaction of the group-commit writer; each caller is told after the commit.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import Connection, select

from perdure.kernel.decisions import Proposal
from perdure.kernel.errors import StoreError
from perdure.platform.decisions.batches import DecisionReport, Occasion, add_to_batch
from perdure.platform.decisions.decide import decide_within, prepared, with_ids
from perdure.platform.decisions.limits import Limited
from perdure.platform.decisions.log import DecisionLog
from perdure.platform.decisions.policy import TREATED
from perdure.platform.decisions.records import DECISIONS
from perdure.platform.storage.batch_queue import BatchQueue
from perdure.platform.storage.writer import GroupCommitWriter

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

LARGEST_BATCH = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: ids of the decisions to act on, and of those held out, and the
    number of proposals that each rule blocked. ``repeated``: the request was known already.
    """

    decisions: tuple[str, ...]
    holdout: tuple[str, ...]
    blocked: Mapping[str, int]
    repeated: bool = False


@dataclass(slots=True, eq=False)
class _Request:
    key: str
    proposals: tuple[Proposal, ...]
    future: Future[Answer] = field(default_factory=Future)

    @property
    def names(self) -> set[str]:
        """What the request is about, and its own name."""
        return {self.key, *(proposal.entity.strip() for proposal in self.proposals)}


class OnlineDecisions(BatchQueue[_Request]):
    """Decides requests for one occasion; close it, or use it as a context manager.

    The occasion's ``at`` is the start; each request is decided at the project's present moment.
    ``waiting_limit``: with so many requests waiting a further one is refused with StoreError.
    """

    def __init__(
        self,
        project: Project,
        writer: GroupCommitWriter,
        occasion: Occasion,
        *,
        waiting_limit: int = 2_000,
    ) -> None:
        self._project, self._writer, self._occasion = project, writer, occasion
        self._log = DecisionLog(project.ops, project.var)
        super().__init__("online-decisions", waiting_limit=waiting_limit)

    def submit(self, key: str, proposals: Iterable[Proposal]) -> Future[Answer]:
        """Decide upon the proposals of one request; ``key`` names it, so that a repeat is harmless.

        The future gives the answer once it is on disk, or raises LimitError or StoreError.
        """
        request = _Request(key, tuple(proposals))
        self._enqueue(request)
        return request.future

    def close(self) -> None:
        """Decide what waits, then stop."""
        super().close()
        self._log.keep_witness()

    def _refusal(self, *, closed: bool) -> StoreError:
        return StoreError("too many requests are waiting", hint="try again later")

    def _handle(self, batch: Sequence[_Request]) -> None:
        at = self._project.clock.now()
        asked = _Batch(self._project, self._log, replace(self._occasion, at=at), batch)
        answers = self._writer.call(asked.write).result()
        for request, answer in zip(batch, answers, strict=True):
            request.future.set_result(answer)

    def _choose(self, waiting: deque[_Request]) -> list[_Request]:
        """The requests that wait, up to the first about an entity that is asked about already."""
        taken: list[_Request] = []
        seen: set[str] = set()
        while waiting and len(taken) < LARGEST_BATCH:
            # Limits between contacts are for what is in the log: the second waits its turn.
            if not seen.isdisjoint(waiting[0].names):
                break
            taken.append(waiting.popleft())
            seen |= taken[-1].names
        return taken


@dataclass(frozen=True, slots=True)
class _Batch:
    """Requests that are decided together; ``write`` can be repeated."""

    project: Project
    log: DecisionLog
    occasion: Occasion
    requests: Sequence[_Request]

    def write(self, connection: Connection) -> list[Answer]:
        """Decide upon all, inside the transaction of the writer; an answer for each."""
        table = self._table()
        known = self._known(connection, table["id"].to_list())
        limited = self._decide(connection, table.filter(~pl.col("id").is_in(list(known))))
        found = {request.key: _Found() for request in self.requests}
        for key, made in table.select("request", "id").iter_rows():
            if made in known:
                found[key].again[made] = known[made]
        for key, made, arm in limited.kept.select("request", "id", "arm").iter_rows():
            found[key].made[made] = arm
        for key, rule in limited.blocked.select("request", "rule").iter_rows():
            found[key].blocked[rule] += 1
        return [found[request.key].answer() for request in self.requests]

    def _table(self) -> pl.DataFrame:
        proposals = [p for request in self.requests for p in request.proposals]
        keys = [request.key for request in self.requests for _ in request.proposals]
        table = prepared(proposals, self.occasion).with_columns(
            request=pl.Series(keys, dtype=pl.String)
        )
        return with_ids(table, pl.col("request"))

    def _known(self, connection: Connection, ids: list[str]) -> dict[str, str]:
        query = select(DECISIONS.c.id, DECISIONS.c.arm).where(DECISIONS.c.id.in_(ids))
        return {row.id: row.arm for row in connection.execute(query)}

    def _decide(self, connection: Connection, fresh: pl.DataFrame) -> Limited:
        policy = self.occasion.policy
        # Places are shared by all entities, so with a capacity the whole history is needed.
        roomy = policy.capacity is None and not policy.capacities
        few = tuple(fresh["entity"].drop_nulls().unique()) if roomy else None
        limited = decide_within(
            self.project, connection, self.log, self.occasion, fresh, entities=few
        )
        if fresh.height:
            add_to_batch(connection, self.occasion, DecisionReport.of(self.occasion, limited))
        return limited


@dataclass(slots=True)
class _Found:
    """What came of one request: decisions by id and arm, known before or made now; blocks."""

    again: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    blocked: Counter[str] = field(default_factory=Counter)

    def answer(self) -> Answer:
        arms = {**self.again, **self.made}
        return Answer(
            decisions=tuple(made for made, arm in arms.items() if arm == TREATED),
            holdout=tuple(made for made, arm in arms.items() if arm != TREATED),
            blocked=dict(self.blocked),
            repeated=bool(self.again),
        )
