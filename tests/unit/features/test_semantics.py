"""What a feature means, pinned on worlds small enough to check with a pencil."""

import math
from dataclasses import replace

import pyarrow as pa
import pytest
from features_cases import CONTRACTS, moment, spine_of, table

from perdure.kernel.features import (
    Aggregation,
    Derived,
    FeatureSet,
    FeatureView,
    PeerRatio,
    PeerShare,
)
from perdure.kernel.tables import Column, TableContract
from perdure.platform.features.compute import compute_features

T = "2024-03-31"


def claim(event, *, npi="a", known=None, claims=1, product="X", sequence=0, cost=None):
    return {
        "npi": npi,
        "product": product,
        "market": "m",
        "claims": claims,
        "cost": cost,
        "event_time": moment(event),
        "known_at": moment(known or event),
        "_sequence": sequence,
    }


def person(npi, city="P", specialty="s", *, event="2020-01-01", known=None, sequence=0):
    return {
        "npi": npi,
        "city": city,
        "specialty": specialty,
        "event_time": moment(event),
        "known_at": moment(known or event),
        "_sequence": sequence,
    }


def edge(start, end, patients, *, event="2020-01-01", known=None, sequence=0):
    return {
        "from_npi": start,
        "to_npi": end,
        "patients": patients,
        "event_time": moment(event),
        "known_at": moment(known or event),
        "_sequence": sequence,
    }


def features(declarations, *, spine=(("a", T),), contracts=CONTRACTS, categorical=(), **rows):
    """The features of a spine over the given rows, as dicts without entity and moment."""
    made = FeatureSet(
        "pinned", "npi", "physician", tuple(declarations), {"brand": "X"}, tuple(categorical)
    )
    sources = {n: table(n, rows.get(n, [])) for n in contracts}
    pairs = [(entity, moment(at)) for entity, at in spine]
    found = compute_features(sources, made, contracts, spine_of(pairs)).to_pylist()
    return [{k: v for k, v in row.items() if k not in ("entity", "at")} for row in found]


def feature(aggregation, rows, *, at=T, **more):
    """The value of one aggregation over claims, for entity ``a``."""
    view = FeatureView("v", "npi", "claims", (aggregation,))
    (row,) = features([view], spine=[("a", at)], claims=rows, **more)
    (value,) = row.values()
    return value


def aggregation(function, **more):
    return Aggregation("f", function, "f", **more)


LAST = aggregation("last", value="cost")
COUNT = aggregation("count")
SUM = aggregation("sum", value="claims")


class TestTheLastRow:
    EARLY = claim("2025-01-01", cost=1.0, sequence=1)
    BACKFILLED = claim("2025-01-01", known="2025-03-01", cost=2.0, sequence=2)
    NOTHING = claim("2025-02-01", cost=None, sequence=3)

    def test_wins_also_when_its_value_is_missing(self):
        rows = [self.EARLY, self.BACKFILLED, self.NOTHING]
        assert feature(LAST, rows, at="2025-02-15") is None

    def test_is_the_one_before_when_that_row_is_not_there(self):
        assert feature(LAST, [self.EARLY, self.BACKFILLED], at="2025-02-15") == 1.0

    def test_is_the_backfilled_one_as_soon_as_that_is_known(self):
        assert feature(LAST, [self.EARLY, self.BACKFILLED], at="2025-03-01") == 2.0

    def test_is_the_one_that_arrived_last_among_equals(self):
        rows = [
            claim("2024-01-01", product=p, cost=c, sequence=s)
            for p, c, s in (("X", 5.0, 2), ("Y", 7.0, 3), ("Z", 6.0, 1))
        ]
        for order in (rows, rows[::-1]):
            assert feature(LAST, order) == 7.0

    def test_is_the_newest_event_whenever_it_became_known(self):
        rows = [claim("2024-01-01", known="2024-03-01", cost=1.0), claim("2024-02-01", cost=2.0)]
        assert feature(LAST, rows) == 2.0

    def test_may_be_late_for_one_moment_and_there_for_the_next(self):
        rows = [claim("2024-01-01", cost=1.0), claim("2024-02-01", known="2024-04-01", cost=2.0)]
        view = FeatureView("v", "npi", "claims", (LAST,))
        spine = [("a", at) for at in ("2024-04-01", "2023-12-31", "2024-03-31", "2024-04-01")]
        found = features([view], spine=spine, claims=rows)
        assert [row["f"] for row in found] == [2.0, None, 1.0, 2.0]


class TestRestatedFacts:
    def test_the_last_statement_known_counts(self):
        rows = [
            claim("2024-01-01", claims=5, sequence=1),
            claim("2024-01-01", known="2024-02-01", claims=8, sequence=2),
            claim("2024-01-01", known="2024-05-01", claims=9, sequence=3),
        ]
        found = [feature(SUM, rows, at=at) for at in ("2024-01-15", "2024-02-01", "2024-05-01")]
        assert found == [5, 8, 9]

    def test_a_correction_that_fails_the_filter_takes_the_fact_away(self):
        kept = aggregation("sum", value="claims", where="claims > 2", fill=0)
        rows = [
            claim("2024-01-01", claims=5, sequence=1),
            claim("2024-01-01", known="2024-02-01", claims=1, sequence=2),
        ]
        assert feature(kept, rows, at="2024-01-31") == 5
        assert feature(kept, rows, at="2024-02-01") == 0

    def test_a_fact_may_be_moved_to_an_earlier_day(self):
        undated = replace(CONTRACTS["claims"], keys=("npi", "product"))
        rows = [
            claim("2024-02-01", cost=1.0, sequence=1),
            claim("2024-01-01", known="2024-03-01", cost=2.0, sequence=2),
            claim("2024-01-15", product="Y", cost=3.0, sequence=3),
        ]
        for made in (LAST, replace(LAST, where="claims > 0")):
            for at, wanted in (("2024-02-29", 1.0), ("2024-03-01", 3.0)):
                found = feature(made, rows, at=at, contracts={**CONTRACTS, "claims": undated})
                assert found == wanted

    def test_of_statements_known_at_once_the_last_to_arrive_counts(self):
        rows = [claim("2024-01-01", claims=c, sequence=s) for c, s in ((5, 1), (7, 3), (6, 2))]
        assert feature(SUM, rows) == 7

    def test_the_same_row_twice_counts_once(self):
        assert feature(COUNT, [claim("2024-01-01", sequence=s) for s in (1, 2)]) == 1

    def test_a_table_without_order_of_arrival_is_read_all_the_same(self):
        made = FeatureSet("s", "npi", "physician", (FeatureView("v", "npi", "claims", (SUM,)),))
        rows = [
            claim("2024-01-01", claims=5),
            claim("2024-01-01", known="2024-02-01", claims=8),
            claim("2024-01-02", claims=1),
        ]
        sources = {
            "claims": table("claims", rows, sequence=False),
            "physician": table("physician", []),
        }
        found = compute_features(sources, made, CONTRACTS, spine_of([("a", moment(T))]))
        assert found["f"].to_pylist() == [9.0]


class TestNothing:
    def test_an_entity_without_rows_keeps_its_row(self):
        view = FeatureView("v", "npi", "claims", (replace(COUNT, name="n", fill=0), SUM))
        rows = [claim("2024-01-01", npi="b")]
        spine = [("a", T), ("b", T), ("nobody", T)]
        assert features([view], spine=spine, claims=rows) == [
            {"n": 0.0, "f": None},
            {"n": 1.0, "f": 1.0},
            {"n": 0.0, "f": None},
        ]

    def test_the_count_of_nothing_is_missing_unless_filled(self):
        rows = [claim("2023-06-01")]
        recent = aggregation("count", windows=("1mo",))
        assert feature(recent, rows) is None
        assert feature(replace(recent, fill=0), rows) == 0.0
        assert feature(aggregation("count", value="cost"), rows) is None
        assert feature(aggregation("count_distinct", value="cost"), rows) is None

    def test_rows_without_a_time_or_an_entity_never_count(self):
        bare = claim("2024-01-01")
        rows = [
            {**bare, "event_time": None},
            {**bare, "known_at": None},
            {**bare, "npi": None, "product": "Y"},
        ]
        assert feature(COUNT, rows) is None

    def test_an_empty_spine_gives_an_empty_table_with_every_column(self):
        made = FeatureSet("s", "npi", "physician", (FeatureView("v", "npi", "claims", (SUM,)),))
        sources = {n: table(n, []) for n in CONTRACTS}
        found = compute_features(sources, made, CONTRACTS, spine_of([]))
        assert (found.num_rows, found.column_names) == (0, ["entity", "at", "f"])

    def test_equal_rows_of_the_spine_stay_apart_and_in_order(self):
        view = FeatureView("v", "npi", "claims", (SUM,))
        spine = [("b", T), ("a", T), ("b", T), ("a", "2024-01-01"), ("b", T)]
        rows = [claim("2024-02-01", npi="b", claims=4), claim("2024-02-01", claims=3)]
        found = features([view], spine=spine, claims=rows)
        assert [row["f"] for row in found] == [4, 3, 4, None, 4]


class TestWindows:
    def test_end_at_the_moment_and_begin_just_after_their_length(self):
        days = ("2024-03-31", "2024-03-02", "2024-03-01", "2024-02-29", "2024-04-01")
        rows = [claim(day, sequence=i) for i, day in enumerate(days)]
        assert feature(aggregation("count", windows=("30d",)), rows) == 2
        assert feature(aggregation("count", windows=("1mo",)), rows) == 3

    @pytest.mark.parametrize(
        ("at", "inside", "outside"),
        [
            ("2024-02-29", "2024-02-01", "2024-01-31"),
            ("2024-03-31", "2024-03-01", "2024-02-29"),
            ("2024-03-30", "2024-03-01", "2024-02-29"),
            ("2024-03-15", "2024-02-16", "2024-02-15"),
        ],
    )
    def test_a_month_from_a_months_end_is_a_whole_month(self, at, inside, outside):
        month = aggregation("count", windows=("1mo",), fill=0)
        assert feature(month, [claim(inside)], at=at) == 1
        assert feature(month, [claim(outside)], at=at) == 0

    def test_last_recency_and_adstock_may_be_bounded(self):
        rows = [claim("2023-12-01", cost=2.0)]
        for made in (
            LAST,
            aggregation("recency"),
            aggregation("adstock", value="cost", half_life_days=30),
        ):
            assert feature(made, rows) is not None
            assert feature(replace(made, windows=("1mo",)), rows) is None


class TestFunctions:
    def test_recency_is_in_days_with_their_fraction(self):
        found = feature(aggregation("recency"), [claim("2024-03-29T12:00:00")])
        assert found == 1.5

    def test_age_counts_from_the_first_row(self):
        rows = [claim("2024-03-29T12:00:00"), claim("2024-03-21"), claim("2024-04-01")]
        assert feature(aggregation("age"), rows) == 10.0
        assert feature(aggregation("age", windows=("7d",)), rows) == 1.5

    def test_adstock_halves_with_every_half_life(self):
        stock = aggregation("adstock", value="claims", half_life_days=10)
        rows = [claim("2024-03-31", claims=4), claim("2024-03-21", claims=4),
                claim("2024-03-11", claims=4), claim("2024-03-01", claims=None)]  # fmt: skip
        assert feature(stock, rows) == pytest.approx(4 + 2 + 1)

    def test_share_is_missing_only_when_the_whole_is_zero(self):
        share = aggregation("share", value="claims", part="product = :brand")
        x, y = claim("2024-01-01", claims=3), claim("2024-01-01", product="Y", claims=1)
        assert feature(share, [x, y]) == 0.75
        assert feature(share, [y]) == 0.0
        assert feature(share, [{**x, "claims": 0}]) is None
        assert feature(share, [{**x, "claims": None}]) is None

    @pytest.mark.parametrize(
        ("window", "middle"),
        [
            ("12mo", "2023-09-30"),
            ("2d", "2024-03-30"),
            ("3mo", "2024-02-14"),
            ("1mo", "2024-03-16"),
        ],
    )
    def test_trend_splits_its_window_in_halves(self, window, middle):
        trend = aggregation("trend", value="claims", windows=(window,))
        newer = claim("2024-03-31", claims=3)
        at_middle = claim(middle, claims=1)
        assert feature(trend, [newer, at_middle]) == 0.5
        just_after = {**at_middle, "event_time": moment(middle + "T00:00:00.000001")}
        assert feature(trend, [newer, {**just_after, "known_at": moment(middle)}]) == 1.0

    def test_means_and_extremes_leave_missing_values_out(self):
        rows = [claim(f"2024-01-0{d}", claims=c) for d, c in ((1, 2), (2, None), (3, 6))]
        found = [feature(aggregation(f, value="claims"), rows) for f in ("mean", "min", "max")]
        assert found == [4, 2, 6]

    def test_texts_may_be_last_least_and_most_when_declared_as_labels(self):
        rows = [claim(f"2024-01-0{d}", product=p) for d, p in ((1, "B"), (2, "C"), (3, "A"))]
        found = [
            feature(aggregation(f, value="product"), rows, categorical=("f",))
            for f in ("last", "min", "max")
        ]
        assert found == ["A", "A", "C"]

    def test_zero_has_no_sign(self):
        (row,) = features([Derived("zero", "-0.0 * 1", "zero")])
        assert repr(row["zero"]) == "0.0"

    def test_what_is_not_finite_is_missing(self):
        made = [
            FeatureView("v", "npi", "claims", (replace(SUM, value="cost", name="s"),)),
            Derived("root", "sqrt(s)", "root"),
            Derived("log", "ln(s)", "log"),
            Derived("per", "s / (s + 4)", "per"),
            Derived("rest", "s % (s + 4)", "rest"),
            Derived("huge", "exp(700 - s * 20)", "huge"),
        ]
        (row,) = features(made, claims=[claim("2024-01-01", cost=-4.0)])
        assert row == dict.fromkeys(("root", "log", "per", "rest", "huge")) | {"s": -4.0}
        (row,) = features(made[:1], claims=[claim("2024-01-01", cost=math.nan)])
        assert row == {"s": None}


class TestPeers:
    PEOPLE = (person("a"), person("b"), person("c"), person("d", city="Q"), person("e", city=None))
    DID = (claim("2024-02-01", npi="a"), claim("2024-02-01", npi="b"), claim("2024-02-01", npi="e"))
    CITY = PeerShare("p", "npi", "claims", "product = :brand", "p", groups="physician",
                     group_by=("city",))  # fmt: skip

    def peers(self, made, *, who="abcde", claims=DID, people=PEOPLE, edges=()):
        spine = [(e, T) for e in who]
        found = features(
            [made], spine=spine, claims=list(claims), physician=list(people), shared=list(edges)
        )
        return [(row["p"], row["p_size"]) for row in found]

    def test_the_entity_itself_is_left_out(self):
        assert self.peers(self.CITY, who="abc") == [(0.5, 2), (0.5, 2), (1.0, 2)]

    def test_a_group_of_one_and_a_missing_value_have_no_peers(self):
        assert self.peers(self.CITY, who="de") == [(None, 0), (None, 0)]

    def test_a_prior_shrinks_to_the_share_over_everyone(self):
        found = self.peers(replace(self.CITY, prior_weight=2.0), who="ad")
        assert found == [(pytest.approx((1 + 2 * 0.6) / 4), 2), (pytest.approx(0.6), 0)]

    def test_a_population_says_who_counts(self):
        made = replace(self.CITY, population="claims > 3")
        claims = (*self.DID, claim("2024-02-02", npi="c", claims=9, product="Y"))
        assert self.peers(made, who="ac", claims=claims) == [(0.0, 1), (None, 0)]

    def test_only_what_was_done_and_known_in_the_window_counts(self):
        claims = (claim("2023-03-31", npi="b"), claim("2024-03-01", npi="c", known="2024-04-01"))
        assert self.peers(self.CITY, who="a", claims=claims) == [(0.0, 2)]

    def test_the_group_is_the_one_last_known(self):
        moved = person("b", "Q", event="2024-01-01", sequence=9)
        moves_later = person("c", "Q", event="2024-01-01", known="2024-05-01", sequence=10)
        people = (*self.PEOPLE, moved, moves_later)
        assert self.peers(self.CITY, who="a", people=people) == [(0.0, 1)]

    def test_a_statement_that_was_replaced_places_nobody(self):
        moved_ahead = person("b", "P", event="2025-01-01", known="2024-01-01", sequence=9)
        people = (*self.PEOPLE, moved_ahead)
        assert self.peers(self.CITY, who="a", people=people) == [(0.0, 1)]

    def test_edges_weigh_by_their_weight_and_lead_one_way(self):
        made = replace(self.CITY, groups=None, group_by=(), edges="shared")
        edges = [edge("c", "a", 3), edge("c", "d", 1), edge("c", "c", 50), edge("c", "b", 0),
                 edge("c", "stranger", 9), edge("c", "e", None)]  # fmt: skip
        assert self.peers(made, who="ca", edges=edges) == [(0.75, 4), (None, 0)]

    def test_edges_are_cut_at_the_moment_and_the_last_of_a_pair_counts(self):
        made = replace(self.CITY, groups=None, group_by=(), edges="shared")
        edges = [edge("c", "a", 3), edge("c", "a", 1, event="2023-01-01", sequence=1),
                 edge("c", "a", 90, event="2023-06-01", known="2024-06-01", sequence=2),
                 edge("c", "d", 1), edge("c", "b", 7, event="2024-05-01")]  # fmt: skip
        assert self.peers(made, who="c", edges=edges) == [(0.5, 2)]

    def test_a_ratio_is_over_the_mean_of_the_others(self):
        made = [
            FeatureView("v", "npi", "claims", (SUM,)),
            PeerRatio("r", "f", "physician", ("city",), "r"),
        ]
        claims = [claim("2024-02-01", npi=e, claims=c) for e, c in (("a", 6), ("b", 2), ("e", 5))]
        found = features(made, spine=[(e, T) for e in "abcde"], claims=claims,
                         physician=list(self.PEOPLE))  # fmt: skip
        assert [row["r"] for row in found] == [3.0, pytest.approx(1 / 3), None, None, None]

    def test_a_ratio_does_not_depend_on_who_else_is_asked_about(self):
        made = [
            FeatureView("v", "npi", "claims", (SUM,)),
            PeerRatio("r", "f", "physician", ("city",), "r"),
        ]
        claims = [claim("2024-02-01", npi=e, claims=c) for e, c in (("a", 6), ("b", 2))]
        world = {"claims": claims, "physician": list(self.PEOPLE)}
        alone = features(made, spine=[("a", T)], **world)
        assert alone == features(made, spine=[("a", T), ("b", T), ("c", T)], **world)[:1]


def test_several_entities_columns_and_date_typed_times_are_read():
    contract = TableContract(
        "visits",
        "visits",
        (
            Column("doctor", "string", "who"),
            Column("event_time", "date", "when"),
            Column("known_at", "date", "since when"),
            Column("nurse", "string", "who else"),
        ),
        ("doctor", "event_time"),
    )
    day = pa.array([moment("2024-01-01").date()], pa.date32())
    visits = pa.table({"doctor": ["a"], "nurse": ["b"], "event_time": day, "known_at": day})
    made = FeatureSet(
        "s",
        "doctor",
        "visits",
        (
            FeatureView("as_doctor", "doctor", "visits", (Aggregation("d", "count", "d"),)),
            FeatureView("as_nurse", "nurse", "visits", (Aggregation("n", "recency", "n"),)),
        ),
    )
    spine = spine_of([("a", moment(T)), ("b", moment(T))])
    found = compute_features({"visits": visits}, made, {"visits": contract}, spine).to_pylist()
    assert [(r["d"], r["n"]) for r in found] == [(1.0, None), (None, 90.0)]
