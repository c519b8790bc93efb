"""The plan of a label contract: who is eligible at an index date, and what followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from perdure.kernel.labels import LabelContract
from perdure.platform.features.expressions import compiled
from perdure.platform.features.moments import AT, MOMENT, MOMENTS, SPINE, months_away
from perdure.platform.features.plan import Known, Plan, Step
from perdure.platform.features.population import numbered_entities
from perdure.platform.features.rows import CODES, ENTITY, EVENT, Rows, Tables, counts_at, counts_by
from perdure.platform.features.sources import Contracts, contract_of
from perdure.platform.features.syntax import (
    all_of,
    as_moment,
    both,
    column,
    double,
    equal,
    matched,
    moment,
    named,
    number,
    or_zero,
    table,
    text,
    when,
)

ROWS, ELIGIBLE, OUTCOMES = "_outcome_rows", "_eligible", "_outcomes"
LOW, START, END = "_low", "_start", "_end"
MARKET, HIT, OPEN, AMOUNT = "_market", "_hit", "_open", "_amount"
PAIR = (ENTITY, MOMENT)


@dataclass(frozen=True)
class LabelCompiler:
    """Turns a label contract into plans over a ``spine`` of index dates."""

    label: LabelContract
    contracts: Contracts
    known: Known

    def days(self, as_of: datetime) -> Plan:
        """Each day on which anything happened, with its first and last moment, as known then."""
        contract = contract_of(self.label.source, self.contracts)
        event, since = column(contract.event_time), column(contract.known_at)
        day = exp.Cast(this=event.copy(), to=exp.DataType.build("date"))
        known = both(exp.LTE(this=c.copy(), expression=moment(as_of)) for c in (event, since))
        query = (
            exp.select(
                named(day, "day"),
                named(as_moment(exp.Min(this=event.copy())), "first"),
                named(as_moment(exp.Max(this=event.copy())), "last"),
            )
            .from_(table(self.label.source))
            .where(known)
            .group_by(day.copy())
            .order_by(column("day"))
        )
        return Plan(self._title, (), query)

    def eligible(self) -> Plan:
        """Entity and index date of everyone who may be asked about."""
        answer = self._listed(ELIGIBLE, [])
        return Plan(self._title, tuple(self._eligible_steps()), answer)

    def labels(self, as_of: datetime, observed: Sequence[datetime]) -> Plan:
        """The label of everyone eligible; ``observed`` are index dates with a whole outcome."""
        steps = [*self._eligible_steps(), self._outcomes(as_of, observed)]
        state = column("state", "o")
        label = exp.Case(
            ifs=[
                exp.If(this=equal(state.copy(), text(word)), true=number(value))
                for word, value in (("positive", 1), ("negative", 0))
            ]
        )
        known = exp.In(this=state.copy(), expressions=[text("positive"), text("negative")])
        made = [
            named(label, "label"),
            named(state, "state"),
            named(when(known, column(AMOUNT, "o")), "amount"),
        ]
        return Plan(self._title, tuple(steps), self._listed(OUTCOMES, made))

    @property
    def _title(self) -> str:
        return f"label '{self.label.name}'"

    def _eligible_steps(self) -> list[Step]:
        tables = Tables(self.contracts, self.known)
        rows = self._rows(tables)
        label = self.label
        codes = numbered_entities(label.source, label.entity_key, tables, self._title)
        return [self._moments(), codes, *tables.validity_steps(), rows, self._asked()]

    def _moments(self) -> Step:
        label, at = self.label, column(AT)
        query = exp.select(
            named(exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[at])), MOMENT),
            at.copy(),
            named(months_away(at, -label.lookback_months), LOW),
            named(months_away(at, label.gap_months), START),
            named(months_away(at, label.span_months()), END),
        ).from_(table(SPINE))
        return Step(MOMENTS, query, "index dates, with lookback and outcome window")

    def _rows(self, tables: Tables) -> Step:
        """Rows with what the contract asks of each; suppressed rows never add an amount."""
        market, event = self._flag(self.label.market, tables), self._flag(self.label.event, tables)
        hidden = self._flag(self.label.suppressed, tables) if self.label.suppressed else None
        amount = double(self._tree(self.label.amount, tables))
        shown = exp.Not(this=hidden.copy()) if hidden else None
        outputs = {
            MARKET: market,
            HIT: event,
            OPEN: all_of([event.copy(), hidden]) if hidden else exp.false(),
            AMOUNT: when(shown, amount),
        }
        kept = exp.Paren(this=exp.Or(this=market.copy(), expression=event.copy()))
        rows = Rows(self.label.source, {ENTITY: self.label.entity_key}, outputs, kept)
        return rows.step(ROWS, tables, f"rows of '{self.label.source}' that matter to the label")

    def _tree(self, expression: str, tables: Tables) -> exp.Expr:
        return compiled(
            expression,
            tables.columns(self.label.source),
            self.label.parameters,
            where=self._title,
            alias="e",
        )

    def _flag(self, expression: str, tables: Tables) -> exp.Expr:
        """A truth value that is never NULL."""
        return exp.Coalesce(this=self._tree(expression, tables), expressions=[exp.false()])

    def _restated(self) -> bool:
        return self.known.facts_of(self.label.source).restated

    def _asked(self) -> Step:
        on = both(
            [
                counts_at("e", "m", restated=self._restated()),
                exp.GT(this=column(EVENT, "e"), expression=column(LOW, "m")),
            ]
        )
        market = or_zero(_total(column(MARKET, "e")))
        hits = or_zero(_total(column(HIT, "e")))
        asked = both(
            [
                _any(column(MARKET, "e")),
                exp.GTE(this=market, expression=number(float(self.label.minimum_market))),
                exp.LT(this=hits, expression=number(float(self.label.minimum_volume))),
                exp.Not(this=_any(column(OPEN, "e"))),
            ]
        )
        keys = [column(ENTITY, "e"), column(MOMENT, "m")]
        query = (
            exp.select(*keys)
            .from_(table(ROWS, "e"))
            .join(table(MOMENTS, "m"), on=on)
            .group_by(*(k.copy() for k in keys))
            .having(asked)
        )
        return Step(ELIGIBLE, query, "who is asked about, by what was known at the index date")

    def _outcomes(self, as_of: datetime, observed: Sequence[datetime]) -> Step:
        """What followed in the outcome window, by what is known at ``as_of``."""
        on = both(
            [
                equal(column(ENTITY, "e"), column(ENTITY, "q")),
                counts_by("e", moment(as_of), restated=self._restated()),
                exp.GT(this=column(EVENT, "e"), expression=column(START, "m")),
                exp.LTE(this=column(EVENT, "e"), expression=column(END, "m")),
            ]
        )
        keys = [*(column(c, "q") for c in PAIR), column(AT, "m")]
        amount = or_zero(_total(column(HIT, "e")))
        query = (
            exp.select(*keys)
            .select(named(amount, AMOUNT), named(self._state(amount, observed), "state"))
            .from_(table(ELIGIBLE, "q"))
            .join(table(MOMENTS, "m"), on=matched("m", "q", [MOMENT]))
            .join(table(ROWS, "e"), on=on, join_type="left")
            .group_by(*(k.copy() for k in keys))
        )
        return Step(OUTCOMES, query, "what followed in the outcome window")

    def _state(self, amount: exp.Expr, observed: Sequence[datetime]) -> exp.Case:
        """The first that applies: window not told, reached, left open, not active, not reached."""
        at = column(AT, "m")
        told = exp.In(this=at, expressions=[moment(d) for d in observed])
        reached = exp.GTE(this=amount.copy(), expression=number(float(self.label.minimum_volume)))
        cases: list[tuple[exp.Expr, str]] = [
            (exp.Not(this=told) if observed else exp.true(), "censored-horizon"),
            (reached, "positive"),
            (_any(column(OPEN, "e")), "censored-suppressed"),
        ]
        if self.label.observed_by == "activity":
            active = exp.Coalesce(this=_any(column(MARKET, "e")), expressions=[exp.false()])
            cases.append((exp.Not(this=active), "censored-activity"))
        ifs = [exp.If(this=condition, true=text(word)) for condition, word in cases]
        return exp.Case(ifs=ifs, default=text("negative"))

    def _listed(self, relation: str, made: Sequence[exp.Expr]) -> exp.Select:
        return (
            exp.select(column("entity", "c"), column(AT, "m"), *made)
            .from_(table(relation, "o"))
            .join(table(CODES, "c"), on=matched("c", "o", [ENTITY]))
            .join(table(MOMENTS, "m"), on=matched("m", "o", [MOMENT]))
            .order_by(column(AT, "m"), column("entity", "c"))
        )


def _total(flag: exp.Expr) -> exp.Expr:
    return exp.Sum(this=when(flag, column(AMOUNT, "e")))


def _any(flag: exp.Expr) -> exp.Expr:
    return exp.LogicalOr(this=flag)
