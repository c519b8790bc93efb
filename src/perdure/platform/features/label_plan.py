"""The plan of a label contract: who is eligible at an index date, and what followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from perdure.kernel.labels import LabelContract
from perdure.platform.features.entities import entities_of
from perdure.platform.features.expressions import compiled
from perdure.platform.features.moments import AT, MOMENT, MOMENTS, SPINE, last_moment, months_away
from perdure.platform.features.plan import Known, Plan, Step
from perdure.platform.features.relational import join, left_join, row_number, select
from perdure.platform.features.rows import (
    CODES,
    ENTITY,
    EVENT,
    NAME,
    Rows,
    Tables,
    counts_at,
    counts_by,
)
from perdure.platform.features.sources import Contracts, contract_of
from perdure.platform.features.syntax import (
    all_of,
    as_moment,
    column,
    double,
    equal,
    greatest,
    matched,
    moment,
    named,
    number,
    or_else,
    or_zero,
    table,
    text,
    when,
)

ROWS, ELIGIBLE, OUTCOMES = "_outcome_rows", "_eligible", "_outcomes"
LOW, START, END = "_low", "_start", "_end"
MARKET, HIT, OPEN, AMOUNT = "_market", "_hit", "_open", "_amount"
PAIR = (ENTITY, MOMENT)
LABEL_OF = (("positive", 1), ("negative", 0))


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
        query = select(
            [
                named(day, "day"),
                named(as_moment(exp.Min(this=event.copy())), "first"),
                named(as_moment(exp.Max(this=event.copy())), "last"),
            ],
            self.label.source,
            where=all_of([_up_to(event, moment(as_of)), _up_to(since, moment(as_of))]),
            group=[day],
        )
        return Plan(self._title, (), query)

    def eligible(self) -> Plan:
        """Entity and index date of everyone who may be asked about."""
        steps = self._eligible_steps(last_moment())
        return Plan(self._title, tuple(steps), self._listed(ELIGIBLE, []))

    def labels(self, as_of: datetime, observed: Sequence[datetime]) -> Plan:
        """The label of everyone eligible; ``observed`` are index dates with a whole outcome."""
        # An index date may lie after as_of: who is asked is still judged by what was known then.
        latest = greatest(moment(as_of), last_moment())
        steps = [*self._eligible_steps(latest), self._outcomes(as_of, observed)]
        state = column("state", "o")
        label = exp.Case(
            ifs=[
                exp.If(this=equal(state.copy(), text(word)), true=number(value))
                for word, value in LABEL_OF
            ]
        )
        known = exp.In(this=state.copy(), expressions=[text(word) for word, _ in LABEL_OF])
        made = [
            named(label, "label"),
            named(state, "state"),
            named(when(known, column(AMOUNT, "o")), "amount"),
        ]
        return Plan(self._title, tuple(steps), self._listed(OUTCOMES, made))

    @property
    def _title(self) -> str:
        return f"label '{self.label.name}'"

    @property
    def _restated(self) -> bool:
        return self.known.facts_of(self.label.source).restated

    def _eligible_steps(self, latest: exp.Expr) -> list[Step]:
        tables = Tables(self.contracts, self.known, latest)
        codes = entities_of(self.label.source, self.label.entity_key, tables, self._title)
        rows = self._rows(tables)
        return [self._moments(), codes, *tables.steps(), rows, self._asked()]

    def _moments(self) -> Step:
        label, at = self.label, column(AT)
        columns = [
            named(row_number([at]), MOMENT),
            at.copy(),
            named(months_away(at, -label.lookback_months), LOW),
            named(months_away(at, label.gap_months), START),
            named(months_away(at, label.span_months()), END),
        ]
        return Step(MOMENTS, select(columns, SPINE), "index dates, lookback and outcome window")

    def _rows(self, tables: Tables) -> Step:
        """Rows with what the contract asks of each; a suppressed row never adds an amount."""
        label = self.label
        market, event = self._flag(label.market, tables), self._flag(label.event, tables)
        hidden = self._flag(label.suppressed or "false", tables)
        amount = double(self._tree(label.amount, tables))
        outputs = {
            MARKET: market,
            HIT: event,
            OPEN: all_of([event.copy(), hidden]),
            AMOUNT: when(exp.Not(this=hidden.copy()), amount),
        }
        kept = exp.Paren(this=exp.Or(this=market.copy(), expression=event.copy()))
        rows = Rows(label.source, {ENTITY: label.entity_key}, outputs, kept)
        return tables.step(rows, ROWS, f"rows of '{label.source}' that matter to the label")

    def _tree(self, expression: str, tables: Tables) -> exp.Expr:
        columns, parameters = tables.columns(self.label.source), self.label.parameters
        return compiled(expression, columns, parameters, where=self._title, alias="e")

    def _flag(self, expression: str, tables: Tables) -> exp.Expr:
        """A truth value that is never NULL."""
        return or_else(self._tree(expression, tables), exp.false())

    def _asked(self) -> Step:
        on = all_of(
            [
                counts_at("e", "m", restated=self._restated),
                exp.GT(this=column(EVENT, "e"), expression=column(LOW, "m")),
            ]
        )
        asked = [_any(MARKET), _reaches(_total(MARKET), self.label.minimum_market)]
        if not self.label.repeatable:
            had = exp.Paren(this=_reaches(_total(HIT), self.label.minimum_volume))
            asked += [exp.Not(this=had), exp.Not(this=_any(OPEN))]
        keys = [column(ENTITY, "e"), column(MOMENT, "m")]
        moments = join(table(MOMENTS, "m"), on)
        query = select(keys, table(ROWS, "e"), moments, group=keys, having=all_of(asked))
        return Step(ELIGIBLE, query, "who is asked about, by what was known at the index date")

    def _outcomes(self, as_of: datetime, observed: Sequence[datetime]) -> Step:
        """What followed in the outcome window, by what is known at ``as_of``."""
        on = all_of(
            [
                matched("e", "q", [ENTITY]),
                counts_by("e", moment(as_of), restated=self._restated),
                exp.GT(this=column(EVENT, "e"), expression=column(START, "m")),
                _up_to(column(EVENT, "e"), column(END, "m")),
            ]
        )
        keys = [*(column(c, "q") for c in PAIR), column(AT, "m")]
        made = [named(_total(HIT), AMOUNT), named(self._state(observed), "state")]
        query = select(
            [*keys, *made],
            table(ELIGIBLE, "q"),
            join(table(MOMENTS, "m"), matched("m", "q", [MOMENT])),
            left_join(table(ROWS, "e"), on),
            group=keys,
        )
        return Step(OUTCOMES, query, "what followed in the outcome window")

    def _state(self, observed: Sequence[datetime]) -> exp.Case:
        """The first that applies: window not told, reached, left open, not active, not reached."""
        told = exp.In(this=column(AT, "m"), expressions=[moment(d) for d in observed])
        cases: list[tuple[exp.Expr, str]] = [
            (exp.Not(this=told) if observed else exp.true(), "censored-horizon"),
            (_reaches(_total(HIT), self.label.minimum_volume), "positive"),
            (_any(OPEN), "censored-suppressed"),
        ]
        if self.label.observed_by == "activity":
            cases.append((exp.Not(this=_any(MARKET)), "censored-activity"))
        ifs = [exp.If(this=condition, true=text(word)) for condition, word in cases]
        return exp.Case(ifs=ifs, default=text("negative"))

    def _listed(self, relation: str, made: Sequence[exp.Expr]) -> exp.Select:
        return select(
            [column(NAME, "c"), column(AT, "m"), *made],
            table(relation, "o"),
            join(table(CODES, "c"), matched("c", "o", [ENTITY])),
            join(table(MOMENTS, "m"), matched("m", "o", [MOMENT])),
            order=[column(AT, "m"), column(NAME, "c")],
        )


def _total(flag: str) -> exp.Expr:
    """The sum of the amount over the rows of a group with that flag; 0 without any."""
    return or_zero(exp.Sum(this=when(column(flag, "e"), column(AMOUNT, "e"))))


def _any(flag: str) -> exp.Expr:
    """Whether any row of the group has the flag; false for a group without rows."""
    return or_else(exp.LogicalOr(this=column(flag, "e")), exp.false())


def _reaches(total: exp.Expr, minimum: float) -> exp.Expr:
    return exp.GTE(this=total, expression=number(float(minimum)))


def _up_to(tree: exp.Expr, bound: exp.Expr) -> exp.Expr:
    return exp.LTE(this=tree.copy(), expression=bound)
