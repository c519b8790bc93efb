"""Who may be contacted with what, and who may give blood when: pure functions over arrays.

Every reason to leave a donor alone is a :class:`Block`: an interval for each donor (NaT: none)
and the channels that it closes. The masks of the decision point, the mask of a policy's actions
and the eligibility calendar are three readings of the same blocks, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perdure.methods.contact.actions import ACTIONS
from perdure.solutions.donor.rules.country import BySex, CountryRule, CountryRules
from perdure.solutions.donor.settings import DonorSettings
from perdure.solutions.donor.tables import CHANNELS

Moments = npt.NDArray[np.datetime64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int16]

FOREVER = np.datetime64("9999-12-31", "us")
ALWAYS = np.datetime64("1970-01-01", "us")
NEVER = np.datetime64("NaT", "us")
SEXES = ("unknown", "female", "male")
_WEEK_MICROSECONDS = 7 * 24 * 3600 * 1_000_000

OPT_OUT, DEFERRAL, UNKNOWN = "opt-out", "deferral", "unknown-donor"
WITHDRAWN = "consent-withdrawn"
INTERVAL, HB_LOW, FERRITIN_LOW = "donation-interval", "haemoglobin-low", "ferritin-low"
NO_INCENTIVE, CASH, NOTHING_OFFERED = "incentive-not-allowed", "incentive-is-cash", "no-incentive"
OTHER_COUNTRY = "outside-the-case"

WORDS = {
    OPT_OUT: "opted out",
    DEFERRAL: "deferred",
    UNKNOWN: "not in the donor table",
    WITHDRAWN: "consent withdrawn",
    INTERVAL: "too soon after the last donation",
    HB_LOW: "haemoglobin below the minimum",
    FERRITIN_LOW: "ferritin below the minimum",
    NO_INCENTIVE: "incentives are not allowed in this country",
    CASH: "the incentive is as good as cash",
    NOTHING_OFFERED: "no incentive is offered",
    OTHER_COUNTRY: "of a country that this case does not contact",
}
"""What pages write for each kind of block."""


@dataclass(frozen=True)
class DonorFacts:
    """What is known of n donors at a moment. Unknown: NaN or NaT.

    ``sex`` is a place in ``SEXES``, ``country`` one in ``countries`` ("": not known).
    ``deferred_from``/``deferred_until``: the deferral that holds or comes next (permanent:
    ``FOREVER``). ``consent_since`` and ``withdrawn_since`` (n, 3) by ``CHANNELS``: the last word,
    one of the two. ``low`` values are judged with the moment of their measurement.
    """

    known: Bools
    sex: Codes
    countries: tuple[str, ...]
    country: Codes
    last_donation: Moments
    deferred_from: Moments
    deferred_until: Moments
    opted_out: Moments
    consent_since: Moments
    withdrawn_since: Moments
    haemoglobin: Floats
    haemoglobin_at: Moments
    ferritin: Floats
    ferritin_at: Moments

    def __len__(self) -> int:
        return len(self.known)

    @classmethod
    def nothing(cls, n: int) -> DonorFacts:
        """N donors of whom only that they exist is known.

        >>> len(DonorFacts.nothing(3))
        3
        """
        code, number = np.zeros(n, np.int16), np.full(n, np.nan)
        never = np.full(n, NEVER)
        by_channel = np.full((n, len(CHANNELS)), NEVER)
        return cls(
            np.ones(n, bool), code, ("",), code, never, never, never, never,
            by_channel, by_channel, number, never, number, never,
        )  # fmt: skip


@dataclass(frozen=True)
class Block:
    """A reason to leave donors alone: from ``starts`` until before ``until`` (NaT: not at all).

    ``channel`` "" closes every channel.
    """

    kind: str
    channel: str
    starts: Moments
    until: Moments

    def holds(self, at: np.datetime64 | Moments) -> Bools:
        """For whom it holds at a moment, or each at its own, (n,); NaT compares as false."""
        held: Bools = (self.starts <= at) & (at < self.until)
        return held


def blocks(facts: DonorFacts, settings: DonorSettings, case: str) -> Iterator[Block]:
    """Every block of these donors, the weightiest reason first."""
    rules = settings.country_rules()
    yield _always(UNKNOWN, "", ~facts.known)
    yield Block(DEFERRAL, "", facts.deferred_from, facts.deferred_until)
    yield from _unwanted(facts)
    yield from _of_donation(facts, settings, rules)
    yield _always(OTHER_COUNTRY, "", _elsewhere(facts, settings, case))
    yield from _of_incentives(facts, settings, rules)


def eligible(
    facts: DonorFacts, settings: DonorSettings, case: str, at: np.datetime64 | Moments
) -> Bools:
    """Which of ``ACTIONS`` each donor may get at a moment, (n, 4); doing nothing is always open.

    ``at``: one moment, or one of each donor (n,), where the facts are as of these.

    Covers what tables and country rules say, and the consent that channels need. The cap, the gap
    and quiet hours depend on what else is done and are looked at when it is decided.
    """
    allowed = np.ones((len(facts), len(ACTIONS)), bool)
    for block in blocks(facts, settings, case):
        closed = slice(1, None) if not block.channel else [ACTIONS.index(block.channel)]
        allowed[:, closed] &= ~block.holds(at)[:, None]
    for j, channel in enumerate(CHANNELS):
        if channel in settings.decision.consent_channels:
            allowed[:, 1 + j] &= facts.consent_since[:, j] <= at
    return allowed


@dataclass(frozen=True)
class Calendar:
    """When each donor may next give whole blood, and what stands against it before.

    ``on`` (n,): the moment, ``at`` itself when it is now, NaT when never. ``reasons`` (n,): kinds
    that hold until then, joined by ", "; "" when nothing does.
    """

    on: Moments
    reasons: npt.NDArray[np.str_]


def calendar(facts: DonorFacts, settings: DonorSettings, at: np.datetime64) -> Calendar:
    """The eligibility calendar of n donors at a moment.

    A deferral that has not begun yet counts once the donor would otherwise be free.
    """
    rules = settings.country_rules()
    found = [
        Block(DEFERRAL, "", facts.deferred_from, facts.deferred_until),
        *_of_donation(facts, settings, rules),
    ]
    on = np.full(len(facts), at.astype("datetime64[us]"))
    held = np.zeros((len(found), len(facts)), bool)
    for _ in found:  # each can push the date into another, at most once
        for i, block in enumerate(found):
            holds = (block.starts <= on) & (on < block.until)
            held[i] |= holds
            on = np.where(holds, block.until, on)
    words = np.full(len(facts), "", dtype="<U128")
    for block, holds in zip(found, held, strict=True):
        comma = np.where(words == "", "", ", ")
        words = np.where(holds, np.strings.add(np.strings.add(words, comma), block.kind), words)
    return Calendar(np.where(on >= FOREVER, NEVER, on), words)


def _of_donation(
    facts: DonorFacts, settings: DonorSettings, rules: CountryRules
) -> Iterator[Block]:
    """Minimum interval, haemoglobin and ferritin, by the rule of each donor's country."""
    weeks = _by_sex(facts, rules, lambda rule: rule.whole_blood_weeks)
    yield Block(INTERVAL, "", facts.last_donation, _later(facts.last_donation, weeks))
    minimum = _by_sex(facts, rules, lambda rule: rule.haemoglobin_g_dl)
    low = np.where(facts.haemoglobin < minimum, facts.haemoglobin_at, NEVER)
    yield Block(HB_LOW, "", low, _later(low, settings.masks.low_haemoglobin_weeks))
    least = _of_country(facts, rules, lambda rule: rule.ferritin_ug_l or 0.0)
    low = np.where(facts.ferritin < least, facts.ferritin_at, NEVER)
    yield Block(FERRITIN_LOW, "", low, _later(low, settings.masks.low_ferritin_weeks))


def _of_incentives(
    facts: DonorFacts, settings: DonorSettings, rules: CountryRules
) -> Iterator[Block]:
    allowed = _of_country(facts, rules, lambda rule: float(rule.incentives_allowed)) > 0
    cash_allowed = _of_country(facts, rules, lambda rule: float(rule.cash_equivalent_allowed)) > 0
    offered = settings.incentive.catalogue.get(settings.incentive.offered or "")
    cash = offered is not None and offered.cash_equivalent
    yield _always(NO_INCENTIVE, "incentive", ~allowed)
    yield _always(CASH, "incentive", cash & ~cash_allowed)
    yield _always(NOTHING_OFFERED, "incentive", np.full(len(facts), offered is None))


def _unwanted(facts: DonorFacts) -> Iterator[Block]:
    """Opt-outs and withdrawn consents; only a consent given later opens its channel again."""
    for j, channel in enumerate(CHANNELS):
        again = facts.consent_since[:, j] > facts.opted_out
        opted_out = np.where(again, NEVER, facts.opted_out)
        yield Block(OPT_OUT, channel, opted_out, _until(opted_out))
        since = facts.withdrawn_since[:, j]
        yield Block(WITHDRAWN, channel, since, _until(since))


def _elsewhere(facts: DonorFacts, settings: DonorSettings, case: str) -> Bools:
    named = settings.cases.get(case)
    countries = named.countries if named else ()
    if not countries:
        return np.zeros(len(facts), bool)
    outside = np.array([code not in countries for code in facts.countries], bool)
    found: Bools = outside[facts.country]
    return found


def _always(kind: str, channel: str, whom: Bools) -> Block:
    starts = np.where(whom, ALWAYS, NEVER)
    return Block(kind, channel, starts, _until(starts))


def _until(starts: Moments) -> Moments:
    return np.where(np.isnat(starts), NEVER, FOREVER)


def _later(moments: Moments, weeks: Floats | float) -> Moments:
    """So many weeks after each moment; NaT stays NaT."""
    span = np.asarray(np.asarray(weeks) * _WEEK_MICROSECONDS, np.int64)
    later: Moments = moments + span.astype("timedelta64[us]")
    return later


def _by_sex(
    facts: DonorFacts, rules: CountryRules, value: Callable[[CountryRule], BySex]
) -> Floats:
    """Each donor's value, (n,); of both the stricter, larger one where the sex is not known."""
    table = np.array(
        [
            (max(v.female, v.male), v.female, v.male)
            for v in (value(rules.of(code)) for code in facts.countries)
        ]
    )
    found: Floats = table.reshape(-1, 3)[facts.country, facts.sex]
    return found


def _of_country(
    facts: DonorFacts, rules: CountryRules, value: Callable[[CountryRule], float]
) -> Floats:
    """Each donor's value, (n,)."""
    table = np.array([value(rules.of(code)) for code in facts.countries], np.float64)
    found: Floats = table[facts.country]
    return found
