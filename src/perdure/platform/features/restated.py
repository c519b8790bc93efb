"""Which tables must be searched for restated facts, and for which the answer is the same."""

from __future__ import annotations

from perdure.kernel.features import FeatureSet, FeatureView, PeerRatio, PeerShare
from perdure.platform.features.sources import Contracts, contract_of
from perdure.platform.features.views import never_superseded


def must_search(feature_set: FeatureSet, contracts: Contracts) -> set[str]:
    """The tables where a restated fact could change a feature.

    The search reads the keys of a whole table, so it is left out where it cannot matter: where
    only the last row of an entity is asked for, and statements of one fact share its event time.
    """
    found: set[str] = set()
    for made in feature_set.declarations:
        if isinstance(made, FeatureView):
            contract = contract_of(made.source, contracts)
            if not all(never_superseded(made, a, contract) for a in made.aggregations):
                found.add(made.source)
        elif isinstance(made, PeerShare):
            found.add(made.source)
            if made.edges:
                found |= _unless_dated(made.edges, {made.from_column, made.to_column}, contracts)
        if isinstance(made, PeerShare | PeerRatio):
            for table in {made.groups or feature_set.entities, feature_set.entities}:
                found |= _unless_dated(table, {feature_set.entity}, contracts)
    return found


def _unless_dated(table: str, entities: set[str], contracts: Contracts) -> set[str]:
    contract = contract_of(table, contracts)
    return set() if {*entities, contract.event_time} <= set(contract.keys) else {table}
