"""No limit is ever broken: a million simulated proposals, checked by an oracle in NumPy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from perdure.kernel.decisions import Proposal
from perdure.kernel.errors import LimitError, UsageError
from perdure.platform.decisions import limits
from perdure.platform.decisions.history import CONTACTS, DECIDED, History
from perdure.platform.decisions.limits import enforce
from perdure.platform.decisions.policy import DecisionPolicy
from perdure.platform.decisions.proposals import proposal_table, with_arms
from perdure.platform.decisions.restrictions import FOREVER, SCHEMA

AT = datetime(2026, 3, 1, 6)
CHANNELS = ("visit", "email", "sms")


def restrictions(*rows: tuple[str, str, str, datetime, datetime]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SCHEMA, orient="row")


def decided(*rows: tuple[object, ...]) -> History:
    return History(
        pl.DataFrame(schema=CONTACTS), pl.DataFrame(list(rows), schema=DECIDED, orient="row")
    )


def contacts(*rows: tuple[str, datetime]) -> History:
    return History(
        pl.DataFrame(list(rows), schema=CONTACTS, orient="row"), pl.DataFrame(schema=DECIDED)
    )


def run(proposals, policy, known=None, history=None):
    table = proposal_table(proposals, policy, AT)
    return enforce(
        with_arms(table, policy, "test"),
        restrictions=restrictions() if known is None else known,
        history=history or History.none(),
        policy=policy,
        at=AT,
    )


FREE = DecisionPolicy(holdout_share=0.0)


# ---------------------------------------------------------------- the million


class Crowd:
    """Random proposals, restrictions and histories over a population, and the policy for them."""

    def __init__(self, rng: np.random.Generator, proposals: int) -> None:
        self.people = proposals // 2
        self.policy = DecisionPolicy(
            capacity=int(rng.integers(50, 4_000)),
            contact_cap=int(rng.integers(1, 4)),
            cap_days=float(rng.integers(10, 60)),
            minimum_gap_days=float(rng.integers(1, 20)),
            actions_per_entity=int(rng.integers(1, 3)),
            consent_channels=("sms",),
            quiet_hours=(21, 8),
            quiet_channels=("sms", "visit"),
            minimum_score=0.05,
            valid_days=14,
            exploration_share=float(rng.choice([0.0, 0.2])),
            holdout_share=0.1,
        )
        self.who = rng.integers(0, self.people, proposals)
        self.channel = rng.integers(0, 3, proposals)
        self.territory = rng.integers(0, 40, proposals)
        self.score = np.where(rng.random(proposals) < 0.01, np.nan, rng.random(proposals))
        self.start = rng.integers(0, 60 * 24, proposals)  # hours from AT: a plan over 60 days
        self.action = np.where(rng.random(proposals) < 0.05, "none", "contact")
        self.restricted = self._restrictions(rng, self.people // 5)
        self.touched, self.touched_at = self._touches(rng, self.people // 2)
        self.stood, self.stood_at = self._touches(rng, self.people // 4)
        self.stood_arm = rng.random(len(self.stood)) < 0.9
        self.stood_open = rng.random(len(self.stood)) < 0.5
        self.stood_territory = rng.integers(0, 40, len(self.stood))

    def _restrictions(self, rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
        start = rng.integers(-400 * 24, 30 * 24, count)
        return {
            "who": rng.integers(0, self.people, count),
            "kind": rng.integers(0, 4, count),  # 3 is a consent
            "channel": rng.integers(-1, 3, count),  # -1: all
            "start": start,
            "end": start + rng.integers(24, 900 * 24, count),
        }

    def _touches(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.integers(0, self.people, count), rng.integers(-70 * 24, 24, count)

    def frame(self) -> pl.DataFrame:
        hours = pl.duration(hours=pl.col("hour"))
        return pl.DataFrame(
            {
                "entity": self.who.astype(str),
                "action": self.action,
                "score": self.score,
                "territory": self.territory.astype(str),
                "channel": np.array(CHANNELS)[self.channel],
                "hour": self.start,
                "number": np.arange(len(self.who)).astype(str),
            }
        ).with_columns(start=AT + hours, reasons=pl.col("number"))

    def known(self) -> pl.DataFrame:
        kinds = np.array(["consent-withdrawn", "opt-out", "deferral", "consent"])
        found = self.restricted
        return pl.DataFrame(
            {
                "entity": found["who"].astype(str),
                "kind": kinds[found["kind"]],
                "channel": np.array(["visit", "email", "sms", ""])[found["channel"]],
                "start": found["start"],
                "end": found["end"],
            }
        ).select(
            "entity",
            "kind",
            "channel",
            starts=AT + pl.duration(hours=pl.col("start")),
            until=AT + pl.duration(hours=pl.col("end")),
        )

    def history(self) -> History:
        moments = [AT + timedelta(hours=int(h)) for h in self.stood_at]
        return History(
            pl.DataFrame(
                {
                    "entity": self.touched.astype(str),
                    "at": [AT + timedelta(hours=int(h)) for h in self.touched_at],
                },
                schema=CONTACTS,
            ),
            pl.DataFrame(
                {
                    "entity": self.stood.astype(str),
                    "at": moments,
                    "until": [m + timedelta(days=90) for m in moments],
                    "arm": np.where(self.stood_arm, "treated", "holdout"),
                    "open": self.stood_open,
                    "territory": self.stood_territory.astype(str),
                    "own": np.ones(len(moments), bool),
                },
                schema=DECIDED,
            ),
        )

    def decide(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Numbers of the kept proposals, whether each is treated, and how many were blocked."""
        found = run(self.frame(), self.policy, self.known(), self.history())
        kept = found.kept["reasons"].cast(pl.Int64).to_numpy()
        return kept, (found.kept["arm"] == "treated").to_numpy(), found.blocked.height

    # The oracle: what is wrong with the kept ones, by other means (sorted arrays, no joins).

    def violations(self, kept: np.ndarray, treated: np.ndarray) -> dict[str, int]:
        acting = self.action[kept] != "none"
        rows, treated = kept[acting], treated[acting]
        return {
            "invalid": int(np.isnan(self.score[kept]).sum()),
            "low-score": int((self.score[rows] < self.policy.minimum_score).sum()),
            "restricted": self._restricted(rows),
            "no-consent": self._without_consent(rows),
            "quiet": self._quiet(rows),
            "gap": self._too_near(rows),
            "cap": self._too_often(rows),
            "many": self._too_many(rows),
            "capacity": self._too_full(rows[treated]),
        }

    def _pairs(self, rows: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Indexes (into rows, into others) of equal people."""
        order = np.argsort(others, kind="stable")
        low = np.searchsorted(others[order], self.who[rows], "left")
        high = np.searchsorted(others[order], self.who[rows], "right")
        left = np.repeat(np.arange(len(rows)), high - low)
        offset = np.arange(len(left)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
        return left, order[np.repeat(low, high - low) + offset]

    def _holding(self, rows: np.ndarray, consent: bool) -> np.ndarray:
        left, right = self._pairs(rows, self.restricted["who"])
        own, start = rows[left], self.start[rows[left]]
        r = {name: values[right] for name, values in self.restricted.items()}
        fits = (r["channel"] == -1) | (r["channel"] == self.channel[own])
        return left[
            fits & ((r["kind"] == 3) == consent) & (r["start"] <= start) & (start < r["end"])
        ]

    def _restricted(self, rows: np.ndarray) -> int:
        return len(np.unique(self._holding(rows, consent=False)))

    def _without_consent(self, rows: np.ndarray) -> int:
        sms = set(np.flatnonzero(self.channel[rows] == 2))
        return len(sms - set(self._holding(rows, consent=True)))

    def _quiet(self, rows: np.ndarray) -> int:
        hour = (AT.hour + self.start[rows]) % 24
        return int((((hour >= 21) | (hour < 8)) & (self.channel[rows] != 1)).sum())

    def _near(self, rows: np.ndarray, who: np.ndarray, at: np.ndarray, days: float) -> np.ndarray:
        left, right = self._pairs(rows, who)
        return left[np.abs(self.start[rows[left]] - at[right]) < days * 24]

    def _too_near(self, rows: np.ndarray) -> int:
        days = self.policy.minimum_gap_days
        found = [
            self._near(rows, self.touched, self.touched_at, days),
            self._near(rows, self.stood, self.stood_at, days),
        ]
        own = self._near(rows, self.who[rows], self.start[rows], days)
        within = np.bincount(own, minlength=len(rows)) - 1
        return len(np.unique(np.concatenate(found))) + int((within > 0).sum())

    def _too_often(self, rows: np.ndarray) -> int:
        """Kept contacts at whose start the trailing window holds more than the cap."""
        open_ = self.stood_open & self.stood_arm
        who = np.concatenate([self.touched, self.stood[open_], self.who[rows]])
        at = np.concatenate([self.touched_at, self.stood_at[open_], self.start[rows]])
        left, right = self._pairs(rows, who)
        age = self.start[rows[left]] - at[right]
        within = (age >= 0) & (age < self.policy.cap_days * 24)
        return int((np.bincount(left[within], minlength=len(rows)) > self.policy.contact_cap).sum())

    def _too_many(self, rows: np.ndarray) -> int:
        return int((np.bincount(self.who[rows]) > self.policy.actions_per_entity).sum())

    def _too_full(self, rows: np.ndarray) -> int:
        period = self.start[rows] // (14 * 24)
        place, used = np.unique(self.territory[rows] * 1_000 + period, return_counts=True)
        open_ = self.stood_open & self.stood_arm
        begins = (place % 1_000) * 14 * 24
        over = 0
        for spot, begin, count in zip(place // 1_000, begins, used, strict=True):
            mine = open_ & (self.stood_territory == spot)
            mine &= (self.stood_at < begin + 14 * 24) & (self.stood_at + 90 * 24 > begin)
            over += max(0, count + int(mine.sum()) - self.policy.capacity) if count else 0
        return over


@pytest.mark.parametrize("seed", range(5))
def test_no_limit_is_broken_in_a_million_proposals(seed: int) -> None:
    crowd = Crowd(np.random.default_rng(seed), 220_000)
    kept, treated, blocked = crowd.decide()
    assert not any(crowd.violations(kept, treated).values())
    assert len(kept) + blocked == 220_000
    assert treated.sum() > 500
    assert 0.05 < 1 - treated.mean() < 0.15


@pytest.mark.parametrize(
    ("rule", "seen_as"),
    [
        ("invalid", {"invalid"}),
        ("restricted", {"restricted"}),
        ("no_consent", {"no-consent"}),
        ("quiet", {"quiet"}),
        ("low_score", {"low-score"}),
        ("too_soon_or_too_often", {"gap", "cap", "many"}),
    ],
)
def test_the_oracle_sees_a_rule_that_is_missing(rule, seen_as, monkeypatch) -> None:
    rules = tuple(r for r in limits.RULES if r.__name__ != rule)
    assert len(rules) == len(limits.RULES) - 1
    monkeypatch.setattr(limits, "RULES", rules)
    crowd = Crowd(np.random.default_rng(7), 60_000)
    crowd.policy = replace(crowd.policy, capacity=1_000)
    kept, treated, _ = crowd.decide()
    broken = {name for name, count in crowd.violations(kept, treated).items() if count}
    assert seen_as <= broken


@pytest.mark.parametrize(
    ("weaker", "seen_as"),
    [
        ({"capacity": None}, "capacity"),
        ({"contact_cap": None}, "cap"),
        ({"minimum_gap_days": 0}, "gap"),
        ({"actions_per_entity": 9}, "many"),
    ],
)
def test_the_oracle_sees_each_limit_between_contacts(weaker, seen_as) -> None:
    crowd = Crowd(np.random.default_rng(8), 60_000)
    places = 60 if seen_as == "capacity" else 1_000
    asked = replace(crowd.policy, capacity=places, contact_cap=2, actions_per_entity=1)
    crowd.policy = replace(asked, **weaker)
    kept, treated, _ = crowd.decide()
    crowd.policy = asked
    assert crowd.violations(kept, treated)[seen_as]


# ---------------------------------------------------------------- single rules


def names(frame: pl.DataFrame) -> list[str]:
    return sorted(frame["entity"].to_list())


def test_a_withdrawn_consent_counts_before_a_deferral() -> None:
    known = restrictions(
        ("a", "deferral", "", AT, FOREVER), ("a", "consent-withdrawn", "", AT, FOREVER)
    )
    found = run([Proposal("a", "visit", 0.5), Proposal("b", "visit", 0.5)], FREE, known)
    assert names(found.kept) == ["b"]
    assert found.counts() == {"consent-withdrawn": 1}


def test_a_restriction_of_one_channel_leaves_the_others() -> None:
    known = restrictions(("a", "opt-out", "email", AT, FOREVER))
    offers = [
        Proposal("a", "write", 0.9, channel="EMAIL"),
        Proposal("a", "visit", 0.5, channel="f2f"),
    ]
    found = run(offers, FREE, known)
    assert found.kept["action"].to_list() == ["visit"]
    assert found.counts() == {"opt-out": 1}


def test_a_proposal_without_channel_meets_every_restriction() -> None:
    known = restrictions(("a", "opt-out", "email", AT, FOREVER))
    assert run([Proposal("a", "visit", 0.5)], FREE, known).kept.is_empty()


def test_an_unknown_kind_restricts_too() -> None:
    known = restrictions(("a", "moved-abroad", "", AT, FOREVER))
    assert run([Proposal("a", "visit", 0.5)], FREE, known).counts() == {"moved-abroad": 1}


def test_blanks_around_a_name_do_not_hide_a_restriction() -> None:
    known = restrictions((" a ", "opt-out", "", AT, FOREVER))
    assert run([Proposal("a  ", "visit", 0.5)], FREE, known).kept.is_empty()


def test_a_deferral_ends_at_its_end() -> None:
    known = restrictions(("a", "deferral", "", AT - timedelta(days=9), AT))
    assert names(run([Proposal("a", "sms", 0.5)], FREE, known).kept) == ["a"]
    still = restrictions(("a", "deferral", "", AT - timedelta(days=9), AT + timedelta(seconds=1)))
    assert run([Proposal("a", "sms", 0.5)], FREE, still).kept.is_empty()


def test_a_planned_contact_is_judged_at_its_start() -> None:
    known = restrictions(("a", "deferral", "", AT, AT + timedelta(days=56)))
    later = Proposal("a", "sms", 0.5, start=AT + timedelta(days=60))
    found = run([Proposal("a", "sms", 0.9), later], FREE, known)
    assert found.kept["start"].to_list() == [later.start]


def test_the_gap_is_open_again_on_its_last_day() -> None:
    policy = replace(FREE, minimum_gap_days=14)
    near = contacts(("a", AT - timedelta(days=14)), ("b", AT - timedelta(days=13, hours=23)))
    found = run([Proposal("a", "visit", 0.5), Proposal("b", "visit", 0.5)], policy, history=near)
    assert names(found.kept) == ["a"]
    assert found.counts() == {"minimum-gap": 1}


def test_an_earlier_decision_of_either_arm_keeps_its_distance() -> None:
    policy = replace(FREE, minimum_gap_days=14)
    before = AT - timedelta(days=3)
    history = decided(
        ("a", before, before, "treated", False, "", True),
        ("b", before, before, "holdout", False, "", True),
    )
    offers = [Proposal(name, "visit", 0.5) for name in "abc"]
    assert names(run(offers, policy, history=history).kept) == ["c"]


def test_an_open_action_counts_as_a_contact_until_it_is_answered() -> None:
    policy = replace(FREE, contact_cap=1, cap_days=30)
    before = AT - timedelta(days=3)
    history = decided(
        ("a", before, FOREVER, "treated", True, "", True),
        ("b", before, FOREVER, "treated", False, "", True),
    )
    found = run([Proposal("a", "visit", 0.5), Proposal("b", "visit", 0.5)], policy, history=history)
    assert names(found.kept) == ["b"]
    assert found.counts() == {"contact-cap": 1}


def test_a_cap_of_zero_lets_nobody_through() -> None:
    assert run([Proposal("a", "visit", 0.5)], replace(FREE, contact_cap=0)).kept.is_empty()


def test_the_better_of_two_offers_to_one_entity_is_kept() -> None:
    offers = [Proposal("a", "call", 0.2), Proposal("a", "visit", 0.5), Proposal("a", "mail", 0.3)]
    found = run(offers, FREE)
    assert found.kept["action"].to_list() == ["visit"]
    assert found.counts() == {"one-per-entity": 2}


def test_a_plan_keeps_its_distances_within_itself() -> None:
    policy = replace(FREE, minimum_gap_days=10, contact_cap=2, cap_days=60, actions_per_entity=9)
    days = (0, 5, 10, 21, 70)
    plan = [Proposal("a", "visit", 0.5, start=AT + timedelta(days=d)) for d in days]
    found = run(plan, policy)
    assert [(s - AT).days for s in found.kept["start"]] == [0, 10, 70]
    assert found.counts() == {"contact-cap": 1, "minimum-gap": 1}


def test_quiet_hours_are_those_of_the_person() -> None:
    policy = replace(FREE, quiet_hours=(21, 8), quiet_channels=("sms",))
    frame = pl.DataFrame(
        {
            "entity": ["early", "day", "visit"],
            "action": "contact",
            "score": 0.5,
            "channel": ["sms", "sms", "visit"],
            "send_at": [AT.replace(hour=7), AT.replace(hour=8), AT.replace(hour=23)],
        }
    )
    assert names(run(frame, policy).kept) == ["day", "visit"]


def test_a_channel_that_needs_consent_is_closed_without_one() -> None:
    policy = replace(FREE, consent_channels=("sms",))
    known = restrictions(("a", "consent", "sms", AT - timedelta(days=1), FOREVER))
    offers = [Proposal(name, "remind", 0.5, channel="sms") for name in "ab"]
    found = run([*offers, Proposal("c", "remind", 0.5, channel="email")], policy, known)
    assert names(found.kept) == ["a", "c"]
    assert found.counts() == {"no-consent": 1}


def test_the_null_action_is_always_possible() -> None:
    policy = replace(FREE, capacity=0, contact_cap=0)
    known = restrictions(("a", "opt-out", "", AT, FOREVER))
    found = run([Proposal("a", "none", 0.0, propensity=0.4)], policy, known)
    assert found.kept.select("action", "rank", "propensity").rows() == [("none", 0, 0.4)]


def test_rows_without_name_score_or_chance_are_no_proposals() -> None:
    frame = pl.DataFrame(
        {
            "entity": ["", None, "  ", "nan", "inf", "never", "bad\x1fname", "good", "x" * 129],
            "action": "visit",
            "score": [0.5, 0.5, 0.5, float("nan"), float("inf"), 0.5, 0.5, 0.5, 0.5],
            "propensity": [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0],
        }
    )
    found = run(frame, FREE)
    assert names(found.kept) == ["good"]
    assert found.counts() == {"invalid": 8}


# ---------------------------------------------------------------- fail closed


@pytest.mark.parametrize(
    "broken",
    [
        None,
        pl.DataFrame({"entity": ["a"]}),
        restrictions(("a", "opt-out", "", AT, FOREVER)).with_columns(
            entity=pl.lit(None, pl.String)
        ),
        restrictions(("a", "opt-out", "", AT, FOREVER)).with_columns(until=pl.lit("soon")),
    ],
)
def test_unreadable_restrictions_stop_everything(broken) -> None:
    table = with_arms(proposal_table([Proposal("z", "visit", 0.5)], FREE, AT), FREE, "test")
    with pytest.raises(LimitError, match="nobody may be contacted"):
        enforce(table, restrictions=broken, history=History.none(), policy=FREE, at=AT)


def test_an_unreadable_history_stops_everything() -> None:
    table = with_arms(proposal_table([Proposal("z", "visit", 0.5)], FREE, AT), FREE, "test")
    gap = History(pl.DataFrame({"entity": ["a"], "at": [None]}), pl.DataFrame(schema=DECIDED))
    with pytest.raises(LimitError, match="nobody may be contacted"):
        enforce(table, restrictions=restrictions(), history=gap, policy=FREE, at=AT)


def test_a_table_of_proposals_needs_its_columns() -> None:
    with pytest.raises(UsageError, match="no column 'score'"):
        run(pl.DataFrame({"entity": ["a"], "action": ["b"]}), FREE)
    with pytest.raises(UsageError, match="cannot be read"):
        run(pl.DataFrame({"entity": ["a"], "action": ["b"], "score": ["high"]}), FREE)
