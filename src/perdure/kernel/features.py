"""Feature declarations: data, not code. The platform compiles them to SQL for each engine.

The one rule: at time t a row counts only if ``event_time <= t`` and ``known_at <= t``, and of
several statements of the same fact (same keys) only the last one known at t counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from perdure.kernel.errors import FeatureError
from perdure.kernel.names import digest

Function = Literal[
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "last",
    "count_distinct",
    "recency",
    "age",
    "share",
    "trend",
    "adstock",
]
_WINDOW = re.compile(r"^(\d{1,4})(d|mo)$")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that ends at the index date: ``(t - length, t]``.

    >>> Window.of("12mo")
    Window(length=12, unit='mo')
    >>> str(Window(30, "d"))
    '30d'
    """

    length: int
    unit: Literal["d", "mo"]

    @classmethod
    def of(cls, text: str) -> Window:
        """The window that ``"90d"`` or ``"12mo"`` names."""
        match = _WINDOW.match(text)
        if not match or int(match[1]) < 1:
            raise FeatureError(f"{text!r} is not a window", expected="'90d' or '12mo'")
        return cls(int(match[1]), "mo" if match[2] == "mo" else "d")

    def __str__(self) -> str:
        return f"{self.length}{self.unit}"


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One family of features: a function of the rows in each window.

    ``value`` is an SQL expression over the source's columns (not needed for ``count``,
    ``recency`` and ``age``). ``where`` keeps only some rows. ``windows`` may be empty for all of
    history (so for ``last``, ``recency``, ``age`` and ``adstock`` unless a window bounds them).
    Feature names are ``{name}_{window}``, or ``{name}`` without a window.

    ``share``: sum of ``value`` where ``part`` holds / sum of ``value`` (NULL when that is 0).
    ``trend``: sum in the newer half of the window - sum in the older half, over the whole sum.
    ``recency``: days from the last row to t; ``age``: days from the first. ``adstock``: sum of
    value * 0.5^(days / half_life), with ``half_life_days``. ``fill`` replaces NULL, e.g. 0 for a
    count of nothing.
    """

    name: str
    function: Function
    meaning: str
    value: str | None = None
    where: str | None = None
    part: str | None = None
    windows: tuple[str, ...] = ()
    half_life_days: float | None = None
    fill: float | None = None

    def feature_names(self) -> tuple[str, ...]:
        """The names of the features that this declaration makes.

        >>> Aggregation("calls", "count", "calls received", windows=("1mo", "3mo")).feature_names()
        ('calls_1mo', 'calls_3mo')
        """
        if not self.windows:
            return (self.name,)
        return tuple(f"{self.name}_{window}" for window in self.windows)


@dataclass(frozen=True, slots=True)
class FeatureView:
    """Features of an entity from the rows of one source table."""

    name: str
    entity: str
    source: str
    aggregations: tuple[Aggregation, ...]
    where: str | None = None

    def feature_names(self) -> tuple[str, ...]:
        """All feature names of the view, in order."""
        return tuple(n for a in self.aggregations for n in a.feature_names())


@dataclass(frozen=True, slots=True)
class PeerShare:
    """The share of an entity's peers that did something, the entity itself left out.

    ``(sum of w over peers that did - own) / (sum of w over peers - own)``.
    An entity "did" when a row of ``source`` satisfies ``adopted`` within ``window`` at t.
    Peers come either from equal values of ``group_by`` (columns of the attribute table
    ``groups``, weight 1) or from an ``edges`` table (columns ``from_column``, ``to_column``,
    ``weight``, itself cut at t). ``prior_weight`` k shrinks small groups to the mean:
    ``(did - own + k * overall) / (n - 1 + k)``, and peers without any member give NULL when k is 0.
    ``population`` (a truth expression over ``source`` rows in ``window``) says who is a peer.
    Makes two features: ``{name}`` and ``{name}_size`` (number or weight of the peers).
    """

    name: str
    entity: str
    source: str
    adopted: str
    meaning: str
    window: str = "12mo"
    population: str | None = None
    groups: str | None = None
    group_by: tuple[str, ...] = ()
    edges: str | None = None
    from_column: str = "from_npi"
    to_column: str = "to_npi"
    weight: str = "patients"
    prior_weight: float = 0.0

    def feature_names(self) -> tuple[str, ...]:
        """``name`` and ``name_size``."""
        return (self.name, f"{self.name}_size")


@dataclass(frozen=True, slots=True)
class PeerRatio:
    """A feature over its mean among peers at the same moment, the entity itself left out."""

    name: str
    feature: str
    groups: str
    group_by: tuple[str, ...]
    meaning: str

    def feature_names(self) -> tuple[str, ...]:
        """The one name."""
        return (self.name,)


@dataclass(frozen=True, slots=True)
class Derived:
    """A row expression over features that were made before it (SQL, parsed not pasted)."""

    name: str
    expression: str
    meaning: str

    def feature_names(self) -> tuple[str, ...]:
        """The one name."""
        return (self.name,)


Declaration = FeatureView | PeerShare | PeerRatio | Derived


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """All features of one solution and case, in the order in which they are made.

    ``entities`` is the table whose keys are the population (one current row per entity at t).
    ``parameters`` fill ``:name`` placeholders in the SQL expressions (brand, market).
    ``categorical`` names features that hold labels, not numbers.
    ``excluded`` names features that are made for rules and reasons but are no model inputs.

    >>> FeatureSet("demo", "npi", "physician", (Derived("one", "1", "always one"),)).inputs()
    ('one',)
    """

    name: str
    entity: str
    entities: str
    declarations: tuple[Declaration, ...]
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    categorical: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def feature_names(self) -> tuple[str, ...]:
        """Every feature, in order; a name made twice is an error."""
        names = tuple(n for d in self.declarations for n in d.feature_names())
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise FeatureError(f"feature set '{self.name}' makes {twice[0]!r} twice")
        return names

    def inputs(self) -> tuple[str, ...]:
        """The features that a model may use."""
        return tuple(n for n in self.feature_names() if n not in self.excluded)

    def sources(self) -> tuple[str, ...]:
        """The tables that are read, each once."""
        found: dict[str, None] = {self.entities: None}
        for made in self.declarations:
            for table in ("source", "groups", "edges"):
                if name := getattr(made, table, None):
                    found[name] = None
        return tuple(found)

    def meanings(self) -> dict[str, str]:
        """What each feature means, in words a rep understands."""
        texts: dict[str, str] = {}
        for made in self.declarations:
            if isinstance(made, FeatureView):
                for agg in made.aggregations:
                    texts.update(dict.fromkeys(agg.feature_names(), agg.meaning))
            else:
                texts.update(dict.fromkeys(made.feature_names(), made.meaning))
        return texts

    def digest(self) -> str:
        """SHA-256 of the whole declaration; written into every model made from it."""
        return digest([repr(d) for d in self.declarations] + [dict(self.parameters)])
