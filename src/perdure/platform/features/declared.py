"""What a feature set must be before it is compiled: every fault is an error that says where."""

from __future__ import annotations

import re

from perdure.kernel.errors import FeatureError, did_you_mean
from perdure.kernel.features import Aggregation, FeatureSet, FeatureView, Window
from perdure.platform.features.sources import Contracts, contract_of

RESERVED = ("entity", "at", "label", "label_state", "label_amount", "index_date")
"""Columns that stand beside features in the tables made of them."""
_TIMED = ("recency", "age")
_FEATURE = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,127}$")


def checked_names(features: FeatureSet, contracts: Contracts) -> tuple[str, ...]:
    """The names of all features of a set that is sound as far as declarations alone can tell."""
    for source in features.sources():
        contract_of(source, contracts)
    for made in features.declarations:
        if isinstance(made, FeatureView):
            _check_view(made, features, contracts)
    names = features.feature_names()
    _check_names(names)
    for label in (*features.categorical, *features.excluded):
        if label not in names:
            raise FeatureError(
                f"feature set '{features.name}' makes no feature '{label}'",
                hint=did_you_mean(label, names),
            )
    return names


def _check_names(names: tuple[str, ...]) -> None:
    seen: dict[str, str] = {}
    for feature in names:
        if not _FEATURE.match(feature) or feature.lower() in RESERVED:
            raise FeatureError(
                f"{feature!r} is no name for a feature", expected="letters, digits and '_'"
            )
        if (other := seen.setdefault(feature.lower(), feature)) != feature:
            raise FeatureError(f"features '{other}' and '{feature}' differ in case only")


def _check_view(view: FeatureView, features: FeatureSet, contracts: Contracts) -> None:
    texts = {c.name for c in contracts[view.source] if c.dtype == "string"}
    for made in view.aggregations:
        place = f"view '{view.name}', aggregation '{made.name}'"
        check(made, place)
        labels = made.function in ("last", "min", "max", "sum", "mean") and made.value in texts
        for feature in made.feature_names() if labels else ():
            if feature not in features.categorical:
                raise FeatureError(
                    f"'{made.value}' holds text, so '{feature}' is a label, not a number",
                    where=place,
                    hint=f"list '{feature}' under categorical",
                )


def check(made: Aggregation, place: str) -> None:
    """Refuse an aggregation that lacks what its function needs, or carries what it ignores."""
    needs_value = made.function not in ("count", *_TIMED)
    if needs_value and made.value is None:
        raise FeatureError(f"'{made.function}' needs a value", where=place)
    if made.function in _TIMED and made.value is not None:
        hint = "put the condition into where"
        raise FeatureError(f"'{made.function}' takes no value", where=place, hint=hint)
    if (made.function == "share") != (made.part is not None):
        raise FeatureError("'part' belongs to 'share', which needs it", where=place)
    if (made.function == "adstock") != (made.half_life_days is not None):
        raise FeatureError("'half_life_days' belongs to 'adstock', which needs it", where=place)
    if made.half_life_days is not None and not 0 < made.half_life_days < 1e9:
        raise FeatureError(
            f"half-life of {made.half_life_days} days", where=place, expected="more than 0 days"
        )
    if made.function == "trend" and not made.windows:
        raise FeatureError("'trend' needs a window", where=place, expected="windows=('12mo',)")
    for window in made.windows:
        try:
            Window.of(window)
        except FeatureError as error:
            raise FeatureError(error.what, where=place, expected=error.expected) from error
