"""The oracle: what every feature must be, in plain Python, one row at a time.

Written from the rules and not from the compiler: it knows no SQL, joins nothing and looks at one
entity at one moment. Expressions are looked up in ``EXPRESSIONS``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from perdure.kernel.clock import same_day_or_month_end
from perdure.kernel.features import Derived, FeatureView, PeerRatio, PeerShare, Window

DAY = timedelta(days=1)


def _is(column, value):
    return lambda r: None if r[column] is None else r[column] == value


def _above(column, value):
    return lambda r: None if r[column] is None else r[column] > value


EXPRESSIONS = {
    "claims": lambda r: r["claims"],
    "cost": lambda r: r["cost"],
    "product": lambda r: r["product"],
    "market": lambda r: r["market"],
    "city": lambda r: r["city"],
    "specialty": lambda r: r["specialty"],
    "claims * 2": lambda r: None if r["claims"] is None else r["claims"] * 2,
    "product = :brand": _is("product", "X"),
    "market = 'm'": _is("market", "m"),
    "claims > 2": _above("claims", 2),
    "claims > 0": _above("claims", 0),
    "claims is null": lambda r: r["claims"] is None,
    "patients": lambda r: r["patients"],
}


def features(sources, contracts, feature_set, spine):
    """The features of every spine row, as a list of dicts in spine order."""
    return [_Moment(sources, contracts, feature_set, at).features(e) for e, at in spine]


def counting(rows, contract, at):
    """The rows of a table that count at a moment: happened, known, and not yet restated."""
    kept = []
    for row in rows:
        event, known = row[contract.event_time], row[contract.known_at]
        if event is None or known is None or event > at or known > at:
            continue
        same = [
            r
            for r in rows
            if all(r[k] == row[k] for k in contract.keys) and r[contract.known_at] is not None
        ]
        later = [r for r in same if _stated(r, contract) > _stated(row, contract)]
        if any(r[contract.known_at] <= at for r in later):
            continue
        kept.append(row)
    return kept


def _stated(row, contract):
    return (row[contract.known_at], row.get("_sequence", 0))


def _order(row, contract):
    return (row[contract.event_time], *_stated(row, contract))


def begins(at, text):
    window = Window.of(text)
    if window.unit == "d":
        return at - window.length * DAY
    return same_day_or_month_end(at, -window.length)


def middle(at, text):
    window = Window.of(text)
    if window.unit == "d":
        return at - window.length * DAY / 2
    half = same_day_or_month_end(at, -(window.length // 2)) if window.length > 1 else at
    return half - 15 * DAY if window.length % 2 else half


class _Moment:
    """Everything that can be said at one moment."""

    def __init__(self, sources, contracts, feature_set, at):
        self.contracts, self.set, self.at = contracts, feature_set, at
        self.rows = {n: counting(sources[n], contracts[n], at) for n in feature_set.sources()}

    def population(self):
        return {r[self.set.entity] for r in self.rows[self.set.entities]} - {None}

    def features(self, entity, only=None):
        """All features of one entity; ``only``: up to and with that one."""
        made = {}
        for declaration in self.set.declarations:
            made.update(self._one(declaration, entity, made))
            if only in made:
                break
        return made

    def _one(self, made, entity, before):
        if isinstance(made, FeatureView):
            return self._view(made, entity)
        if isinstance(made, PeerShare):
            return self._peer_share(made, entity)
        if isinstance(made, PeerRatio):
            return {made.name: self._ratio(made, entity, before)}
        assert isinstance(made, Derived)
        return {made.name: DERIVED[made.expression](before)}

    def _view(self, view, entity):
        mine = [r for r in self.rows[view.source] if r[view.entity] == entity]
        if view.where:
            mine = [r for r in mine if EXPRESSIONS[view.where](r)]
        made = {}
        for aggregation in view.aggregations:
            windows = aggregation.windows or (None,)
            for name, window in zip(aggregation.feature_names(), windows, strict=True):
                rows = mine
                if window:
                    rows = [
                        r for r in rows if self._event(r, view.source) > begins(self.at, window)
                    ]
                if aggregation.where:
                    rows = [r for r in rows if EXPRESSIONS[aggregation.where](r)]
                value = self._aggregate(aggregation, rows, view.source, window)
                made[name] = aggregation.fill if value is None else value
        return made

    def _event(self, row, source):
        return row[self.contracts[source].event_time]

    def _age(self, row, source):
        return (self.at - self._event(row, source)) / DAY

    def _aggregate(self, made, rows, source, window):
        if made.function == "recency":
            return min((self._age(r, source) for r in rows), default=None)
        if made.function == "age":
            return max((self._age(r, source) for r in rows), default=None)
        if made.function == "count" and made.value is None:
            return len(rows) or None
        value = EXPRESSIONS[made.value]
        if made.function == "last":
            if not rows:
                return None
            return value(max(rows, key=lambda r: _order(r, self.contracts[source])))
        rows = [r for r in rows if value(r) is not None]
        values = [value(r) for r in rows]
        if not values:
            return None
        return self._of_values(made, rows, values, source, window)

    def _of_values(self, made, rows, values, source, window):
        value = EXPRESSIONS[made.value]
        if made.function == "share":
            part = sum(value(r) for r in rows if EXPRESSIONS[made.part](r))
            return part / sum(values) if sum(values) else None
        if made.function == "trend":
            split = middle(self.at, window)
            newer = sum(value(r) for r in rows if self._event(r, source) > split)
            older = sum(value(r) for r in rows if self._event(r, source) <= split)
            return (newer - older) / (newer + older) if newer + older else None
        if made.function == "adstock":
            half = made.half_life_days
            return sum(value(r) * 0.5 ** (self._age(r, source) / half) for r in rows)
        return {
            "count": len,
            "sum": sum,
            "mean": lambda v: sum(v) / len(v),
            "min": min,
            "max": max,
            "count_distinct": lambda v: len(set(v)),
        }[made.function](values)

    def _current(self, source, entity):
        """The last row of an attribute table for an entity."""
        mine = [r for r in self.rows[source] if r[self.set.entity] == entity]
        return max(mine, key=lambda r: _order(r, self.contracts[source]), default=None)

    def _group(self, source, columns, entity):
        row = self._current(source, entity)
        found = tuple(row[c] for c in columns) if row else (None,)
        return None if None in found else found

    def _in_window(self, made):
        low = begins(self.at, made.window)
        return [
            r
            for r in self.rows[made.source]
            if self._event(r, made.source) > low and r[made.entity] is not None
        ]

    def _members(self, made):
        """Who counts as a peer, and whether they did it."""
        rows = self._in_window(made)
        did = {r[made.entity] for r in rows if EXPRESSIONS[made.adopted](r)}
        if made.population:
            everyone = {r[made.entity] for r in rows if EXPRESSIONS[made.population](r)}
        else:
            source = made.groups or self.set.entities
            everyone = {r[self.set.entity] for r in self.rows[source]} - {None}
        return {e: e in did for e in everyone}

    def _peer_share(self, made, entity):
        members = self._members(made)
        peers = self._linked(made, entity) if made.edges else self._grouped(made, entity, members)
        size = sum(w for p, w in peers.items() if p in members)
        did = sum(w for p, w in peers.items() if members.get(p))
        share, k = None, made.prior_weight
        if size + k > 0 and (members or not k):
            overall = sum(members.values()) / len(members) if members else 0
            share = (did + k * overall) / (size + k)
        return {made.name: share, f"{made.name}_size": size}

    def _grouped(self, made, entity, members):
        own = self._group(made.groups, made.group_by, entity)
        if own is None:
            return {}
        return {
            p: 1
            for p in members
            if p != entity and self._group(made.groups, made.group_by, p) == own
        }

    def _linked(self, made, entity):
        newest = {}
        for row in self.rows[made.edges]:
            if row[made.from_column] != entity or row[made.to_column] in (entity, None):
                continue
            old = newest.get(row[made.to_column])
            contract = self.contracts[made.edges]
            if old is None or _order(row, contract) > _order(old, contract):
                newest[row[made.to_column]] = row
        return {p: r[made.weight] for p, r in newest.items() if (r[made.weight] or 0) > 0}

    def _ratio(self, made, entity, before):
        own = self._group(made.groups, made.group_by, entity)
        value = before[made.feature]
        if own is None or value is None:
            return None
        others = [
            self.features(p, only=made.feature)[made.feature]
            for p in self.population()
            if p != entity and self._group(made.groups, made.group_by, p) == own
        ]
        others = [v for v in others if v is not None]
        if not others or sum(others) == 0:
            return None
        return value / (sum(others) / len(others))


def _per(over, under):
    def divide(made):
        a, b = made[over], made[under]
        return None if a is None or not b else a / b

    return divide


def _plus_one(name):
    return lambda made: None if made[name] is None else made[name] + 1


DERIVED = {
    "n_12mo / total_12mo": _per("n_12mo", "total_12mo"),
    "over_city + 1": _plus_one("over_city"),
    "coalesce(per_claim, 0) + :shift": lambda made: (made["per_claim"] or 0) + 3,
    "case when last_product = 'X' then 1 when last_product is null then -1 else 0 end": (
        lambda made: {"X": 1, None: -1}.get(made["last_product"], 0)
    ),
}


def labels(rows, contract, label, index_dates, as_of, observed):
    """Label rows as dicts; ``observed`` tells for an index date whether its window is told."""
    flag = {k: EXPRESSIONS[getattr(label, k)] for k in ("market", "event")}
    hidden = EXPRESSIONS[label.suppressed] if label.suppressed else lambda r: False
    amount = EXPRESSIONS[label.amount]

    def total(found):
        return sum(amount(r) or 0 for r in found if not hidden(r))

    made = []
    for at in sorted(set(index_dates)):
        low = same_day_or_month_end(at, -label.lookback_months)
        start = same_day_or_month_end(at, label.gap_months)
        end = same_day_or_month_end(at, label.span_months())
        before = [r for r in counting(rows, contract, at) if r["event_time"] > low]
        after = [r for r in counting(rows, contract, as_of) if start < r["event_time"] <= end]
        for entity in sorted({r[label.entity_key] for r in rows} - {None}):
            mine = [r for r in before if r[label.entity_key] == entity]
            market = [r for r in mine if flag["market"](r)]
            events = [r for r in mine if flag["event"](r)]
            if not market or total(market) < label.minimum_market:
                continue
            if total(events) >= label.minimum_volume or any(hidden(r) for r in events):
                continue
            then = [r for r in after if r[label.entity_key] == entity]
            hits = [r for r in then if flag["event"](r)]
            state = "negative"
            if not observed(at):
                state = "censored-horizon"
            elif total(hits) >= label.minimum_volume:
                state = "positive"
            elif any(hidden(r) for r in hits):
                state = "censored-suppressed"
            elif label.observed_by == "activity" and not any(flag["market"](r) for r in then):
                state = "censored-activity"
            value = {"positive": 1, "negative": 0}.get(state)
            made.append(
                {
                    "entity": entity,
                    "at": at,
                    "label": value,
                    "state": state,
                    "amount": None if value is None else total(hits),
                }
            )
    return made


def same(found, wanted, tolerance=1e-9):
    """Whether two values agree: equal, or numbers within a relative tolerance."""
    if found is None or wanted is None or isinstance(wanted, str | datetime):
        return found == wanted
    return abs(found - wanted) <= tolerance * max(1.0, abs(found), abs(wanted))
