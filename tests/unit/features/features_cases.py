"""Small worlds for the feature tests: contracts, tables as lists of dicts, random rows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
from hypothesis import strategies as st

from perdure.kernel.features import (
    Aggregation,
    Derived,
    FeatureSet,
    FeatureView,
    PeerRatio,
    PeerShare,
)
from perdure.kernel.tables import Column, TableContract


def _contract(name, keys, columns):
    times = (
        Column("event_time", "timestamp", "when it happened"),
        Column("known_at", "timestamp", "when it could be known"),
    )
    made = tuple(Column(n, d, n, nullable=True) for n, d in columns.items())
    return TableContract(name, name, (*made, *times), keys)


CONTRACTS = {
    "physician": _contract(
        "physician", ("npi",), {"npi": "string", "city": "string", "specialty": "string"}
    ),
    "claims": _contract(
        "claims",
        ("npi", "product", "event_time"),
        {
            "npi": "string",
            "product": "string",
            "market": "string",
            "claims": "integer",
            "cost": "number",
        },
    ),
    "shared": _contract(
        "shared",
        ("from_npi", "to_npi", "event_time"),
        {"from_npi": "string", "to_npi": "string", "patients": "integer"},
    ),
}
TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "timestamp": pa.timestamp("us"),
}


def moment(text):
    return datetime.fromisoformat(text)


def table(name, rows, *, sequence=True):
    """Rows as an Arrow table with the columns of the contract (and ``_sequence``)."""
    contract = CONTRACTS[name]
    fields = [(c.name, TYPES[c.dtype]) for c in contract]
    if sequence:
        fields.append(("_sequence", pa.int64()))
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def tables(sources, *, sequence=True):
    return {name: table(name, rows, sequence=sequence) for name, rows in sources.items()}


def spine_of(pairs):
    return pa.table(
        {
            "entity": pa.array([e for e, _ in pairs], pa.string()),
            "at": pa.array([t for _, t in pairs], pa.timestamp("us")),
        }
    )


EVERYTHING = FeatureSet(
    "everything",
    "npi",
    "physician",
    (
        FeatureView(
            "claims",
            "npi",
            "claims",
            (
                Aggregation("n", "count", "rows", windows=("30d", "1mo", "12mo"), fill=0),
                Aggregation("known", "count", "rows with claims", value="claims"),
                Aggregation("total", "sum", "claims", value="claims", windows=("3mo", "12mo")),
                Aggregation("ever", "sum", "claims ever", value="claims * 2", fill=0),
                Aggregation("brand", "sum", "brand", value="claims", where="product = :brand",
                            windows=("3mo", "90d")),
                Aggregation("mean", "mean", "mean", value="cost", windows=("7d", "12mo")),
                Aggregation("least", "min", "least", value="claims"),
                Aggregation("most", "max", "most", value="cost", windows=("12mo",)),
                Aggregation("kinds", "count_distinct", "kinds", value="product"),
                Aggregation("kinds", "count_distinct", "kinds", value="product", windows=("3mo",)),
                Aggregation("since", "recency", "days since"),
                Aggregation("first", "age", "days since the first"),
                Aggregation("first_x", "age", "days since the first", where="product = :brand",
                            windows=("12mo",)),
                Aggregation("since_x", "recency", "days since", where="product = :brand",
                            windows=("3mo",)),
                Aggregation("share", "share", "share", value="claims", part="product = :brand",
                            windows=("12mo", "30d")),
                Aggregation("trend", "trend", "trend", value="claims",
                            windows=("12mo", "3mo", "1mo", "7d")),
                Aggregation("stock", "adstock", "adstock", value="claims", half_life_days=30.0),
                Aggregation("stock", "adstock", "adstock", value="cost", half_life_days=10.0,
                            windows=("3mo",), where="claims > 2"),
                Aggregation("last", "last", "last", value="claims"),
                Aggregation("last_cost", "last", "last", value="cost", windows=("3mo",)),
                Aggregation("last_big", "last", "last", value="cost", where="claims > 2"),
                Aggregation("last_product", "last", "last", value="product"),
            ),
        ),
        FeatureView(
            "in_market",
            "npi",
            "claims",
            (Aggregation("market_n", "count", "rows", windows=("12mo",)),),
            where="market = 'm'",
        ),
        FeatureView(
            "profile",
            "npi",
            "physician",
            (
                Aggregation("specialty", "last", "specialty", value="specialty"),
                Aggregation("city", "last", "city", value="city"),
            ),
        ),
        PeerShare("city_share", "npi", "claims", "product = :brand", "peers", window="3mo",
                  groups="physician", group_by=("city",)),
        PeerShare("both_share", "npi", "claims", "product = :brand", "peers",
                  groups="physician", group_by=("city", "specialty"), prior_weight=2.0,
                  population="claims > 0"),
        PeerShare("linked", "npi", "claims", "product = :brand", "peers", edges="shared"),
        PeerShare("linked_in", "npi", "claims", "product = :brand", "peers", edges="shared",
                  population="market = 'm'", prior_weight=0.5),
        Derived("per_claim", "n_12mo / total_12mo", "rows per claim"),
        PeerRatio("over_city", "n_12mo", "physician", ("city",), "over peers"),
        PeerRatio("ratio_of_derived", "per_claim", "physician", ("specialty",), "over peers"),
        Derived("more", "over_city + 1", "over peers, and one"),
        Derived("filled", "coalesce(per_claim, 0) + :shift", "filled"),
        Derived(
            "is_x",
            "case when last_product = 'X' then 1 when last_product is null then -1 else 0 end",
            "whether the last product was X",
        ),
    ),
    parameters={"brand": "X", "shift": 3},
    categorical=("last_product", "specialty", "city"),
)  # fmt: skip

ENTITIES = ("a", "b", "c", "d")
START = moment("2023-12-31T00:00:00")
# Few distinct days around month ends and window bounds, so that ties and edges are common.
DAYS = (0, 1, 29, 30, 31, 59, 60, 61, 90, 91, 92, 120, 182, 183, 365, 366)
MOMENTS = tuple(
    moment(t)
    for t in ("2024-01-30", "2024-01-31", "2024-02-29", "2024-03-31", "2024-03-31T23:59:59.999999",
              "2024-12-31", "2025-02-28", "2025-03-15T12:00:00")
)  # fmt: skip


def _often(values, seldom):
    """Mostly one of the values, seldom another: random worlds must not be empty worlds."""
    return st.sampled_from((*values, *values, *values, *seldom))


days = [START + timedelta(days=d) for d in DAYS]
event_times = _often(days, (None,))
lags = _often((timedelta(0), timedelta(0), timedelta(days=1)), (timedelta(days=-5),
              timedelta(days=45), timedelta(days=400), None))  # fmt: skip
entities = _often(ENTITIES, (None,))


@st.composite
def stamped(draw, **columns):
    """A row with event time and known-at; either may be missing."""
    row = {name: draw(strategy) for name, strategy in columns.items()}
    row["event_time"], lag = draw(event_times), draw(lags)
    row["known_at"] = None if lag is None else (row["event_time"] or START) + lag
    return row


def _numbered(rows, order):
    return [{**row, "_sequence": n} for row, n in zip(rows, order, strict=True)]


def listed(row, least, most):
    """Rows in random order of arrival."""
    return st.lists(row, min_size=least, max_size=most).flatmap(
        lambda rows: st.permutations(range(len(rows))).map(lambda order: _numbered(rows, order))
    )


claim_row = stamped(
    npi=entities,
    product=_often(("X", "Y"), (None,)),
    market=_often(("m", "o"), (None,)),
    claims=_often((1, 2, 3, 8), (0, None)),
    cost=_often((0.5, 1.25, 4.0), (None,)),
)
physician_row = stamped(
    npi=entities,
    city=_often(("P", "P", "Q"), (None,)),
    specialty=_often(("s", "s", "t"), (None,)),
)
shared_row = stamped(
    from_npi=entities,
    to_npi=entities,
    patients=_often((1, 5), (0, None)),
)
worlds = st.fixed_dictionaries(
    {
        "claims": listed(claim_row, 12, 24),
        "physician": listed(physician_row, 4, 8),
        "shared": listed(shared_row, 4, 10),
    }
)
spines = st.lists(
    st.tuples(_often(ENTITIES, ("nobody",)), st.sampled_from(MOMENTS)),
    min_size=4,
    max_size=12,
)


LAST_ONLY = FeatureSet(
    "last-only",
    "npi",
    "physician",
    (
        FeatureView(
            "claims",
            "npi",
            "claims",
            (
                Aggregation("last", "last", "last", value="claims"),
                Aggregation("last_cost", "last", "last", value="cost"),
                Aggregation("last_product", "last", "last", value="product"),
            ),
        ),
        FeatureView(
            "filtered",
            "npi",
            "claims",
            (
                Aggregation("market_cost", "last", "last", value="cost"),
                Aggregation("last_big", "last", "last", value="cost", where="claims > 2", fill=-1),
                Aggregation("last_x", "last", "last", value="claims", where="product = :brand"),
            ),
            where="market = 'm'",
        ),
    ),
    parameters={"brand": "X"},
    categorical=("last_product",),
)


def once_stated(rows, keys):
    """The rows without those that restate an earlier one of the list."""
    kept = {}
    for row in rows:
        kept.setdefault(tuple(row[k] for k in keys), row)
    return list(kept.values())
