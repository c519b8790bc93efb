"""The last known row of an entity at many moments, without sorting the source.

A row can be seen from the moment on at which it has happened and is known. Between two
neighbouring moments of its entity it comes into sight exactly once, so it is joined to one
moment only; the last row of each such interval is carried forward over the moments. Exact for
late rows, backfills and ties, in one pass over the source, whatever its order.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from perdure.kernel.tables import SEQUENCE
from perdure.platform.features.moments import AT, MOMENT
from perdure.platform.features.plan import Step
from perdure.platform.features.relational import join, left_join, ordered, select, subquery
from perdure.platform.features.rows import CODES, ENTITY, NAME
from perdure.platform.features.syntax import (
    all_of,
    as_moment,
    column,
    equal,
    greatest,
    matched,
    named,
    not_null,
    number,
    or_else,
    table,
    text,
    varchar,
    when,
)
from perdure.platform.features.view_rows import KEYS, Made, ViewRows, Wanted

INTERVALS, LATEST = "_intervals", "_latest"
AFTER, SEEN, ROW = "_after", "_seen", "_row"
PAIR = (ENTITY, MOMENT)
BEGINNING_OF_TIME = "0001-01-01 00:00:00"


def intervals_step() -> Step:
    """Every key with the entity's moment before it: the interval in which a row comes in sight."""
    before = exp.Window(
        this=exp.Lag(this=column(AT, "k")),
        partition_by=[column(ENTITY, "k")],
        order=ordered([column(AT, "k")]),
    )
    columns = [
        *(column(c, "k") for c in PAIR),
        column(NAME, "c"),
        column(AT, "k"),
        named(or_else(before, as_moment(text(BEGINNING_OF_TIME))), AFTER),
    ]
    codes = join(table(CODES, "c"), matched("c", "k", [ENTITY]))
    return Step(INTERVALS, select(columns, table(KEYS, "k"), codes), "the moment before each key")


@dataclass
class LatestPass:
    """``last`` over all of history for rows that nothing replaces."""

    rows: ViewRows
    name: str
    wanted: list[Wanted]
    _picked: dict[str | None, dict[str, None]] = field(default_factory=dict)

    def made(self) -> Made:
        """The relation and its features."""
        return Made(self.name, tuple(w.feature for w in self.wanted))

    def steps(self) -> list[Step]:
        """Rows as they come in sight, the last of every interval, and what holds at each key."""
        features = [named(self._field(w), w.feature) for w in self.wanted]
        view = self.rows.view
        seen = Step(f"{self.name}_rows", self._seen(), f"rows of view '{view.name}'", stored=False)
        newest = Step(
            f"{self.name}_newest", self._newest(), f"last row of view '{view.name}' per interval"
        )
        columns = [*(column(c, "a") for c in PAIR), *features]
        query = select(columns, subquery(self._carried(), "a"))
        why = f"last known values of view '{view.name}' from '{view.source}'"
        return [seen, newest, Step(self.name, query, why)]

    def _field(self, wanted: Wanted) -> exp.Expr:
        """The value inside the last row that satisfies the condition of the aggregation."""
        made = wanted.made
        value = self.rows.output(made.value or "", f"{self.rows.place(made)}, value")
        self._picked.setdefault(self.rows.flag(made), {})[value] = None
        row = column(self._struct(self.rows.flag(made)), "a")
        return exp.StructExtract(this=row, expression=text(value))

    def _struct(self, flag: str | None) -> str:
        return f"{ROW}{list(self._picked).index(flag)}"

    def _seen(self) -> exp.Select:
        view = self.rows.view
        contract = self.rows.tables.contracts[view.source]
        event, since = (as_moment(column(c, "e")) for c in (contract.event_time, contract.known_at))
        needed = {c for values in self._picked.values() for c in values} | {
            flag for flag in self._picked if flag
        }
        columns = [
            named(varchar(column(view.entity, "e")), NAME),
            *(named(tree, alias) for alias, tree in self._order(event, since).items()),
            named(greatest(event.copy(), since.copy()), SEEN),
            *(named(self.rows.outputs[c].copy(), c) for c in sorted(needed)),
        ]
        present = [not_null(event.copy()), not_null(since.copy())]
        return select(columns, table(view.source, "e"), where=all_of([*present, self.rows.where()]))

    def _order(self, event: exp.Expr, since: exp.Expr) -> dict[str, exp.Expr]:
        """What decides which row is the last."""
        order = {"_o1": event, "_o2": since}
        if SEQUENCE in self.rows.tables.known.columns[self.rows.view.source]:
            order["_o3"] = or_else(column(SEQUENCE, "e"), number(0))
        return order

    def _newest(self) -> exp.Select:
        """MAX over structs compares their fields from left to right: first what decides."""
        in_sight = [
            equal(column(NAME, "k"), column(NAME, "e")),
            exp.GT(this=column(SEEN, "e"), expression=column(AFTER, "k")),
            exp.LTE(this=column(SEEN, "e"), expression=column(AT, "k")),
        ]
        order = list(self._order(exp.Null(), exp.Null()))
        rows = []
        for flag, values in self._picked.items():
            struct = exp.Struct(
                expressions=[
                    exp.PropertyEQ(this=exp.to_identifier(c), expression=column(c, "e"))
                    for c in (*order, *values)
                ]
            )
            kept = column(flag, "e") if flag else None
            rows.append(named(exp.Max(this=when(kept, struct)), self._struct(flag)))
        keys = [column(c, "k") for c in PAIR]
        intervals = join(table(INTERVALS, "k"), all_of(in_sight))
        return select([*keys, *rows], table(f"{self.name}_rows", "e"), intervals, group=keys)

    def _carried(self) -> exp.Select:
        """The last row so far, over the moments of an entity."""
        structs = [self._struct(flag) for flag in self._picked]
        so_far = [
            exp.Window(
                this=exp.Max(this=column(struct, "n")),
                partition_by=[column(ENTITY, "k")],
                order=ordered([column(AT, "k")]),
            )
            for struct in structs
        ]
        columns = [named(tree, struct) for tree, struct in zip(so_far, structs, strict=True)]
        newest = left_join(table(f"{self.name}_newest", "n"), matched("k", "n", PAIR))
        keys = [column(c, "k") for c in PAIR]
        return select([*keys, *columns], table(INTERVALS, "k"), newest)
