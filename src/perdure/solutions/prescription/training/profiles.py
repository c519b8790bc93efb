"""What the visits of a training run looked like, for monitors to compare later ones with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from perdure.methods.recommend.membership import Ints
from perdure.platform.training.evidence import SERVED as OURS
from perdure.solutions.prescription.engine.fields import FIELDS, SERVED
from perdure.solutions.prescription.training.evidence import Judged
from perdure.solutions.prescription.training.material import Material
from perdure.solutions.prescription.watch.brands import Brands, moved
from perdure.solutions.prescription.watch.limits import FEWEST, summary

COMMON, MOLECULES = 50, 300
DAYS = 28
"""Length of the windows whose brands are compared with all others."""


def profiles(found: Material, judged: Mapping[str, Judged], test: Ints) -> dict[str, Any]:
    """Commonest entries and entries a visit; how much later weeks, doctors and brands vary."""
    return {
        "rows": len(found.visits),
        "columns": {name: _column(found, name) for name in SERVED},
        "until": found.when[-1].isoformat(),
        "weeks": {
            "one@8": {name: _hits_by_week(found, judged, test, name) for name in SERVED},
            "unknown": {name: _unknown_by_week(found, name) for name in SERVED},
            "items": _items_by_week(found),
        },
        "doctors": _by_doctor(found, judged, test),
        "specialties": _by_specialty(found, judged, test),
        "brands": brands_of(found, np.arange(len(found.visits))),
        "brand_weeks": _brand_windows(found),
    }


def _column(found: Material, name: str) -> dict[str, Any]:
    sets = found.visits.sets[name]
    count = np.bincount(sets.indices, minlength=sets.width)
    top = np.argsort(-count, kind="stable")[:COMMON]
    terms = found.terms.terms[name]
    return {
        "items": float(sets.sizes.mean()),
        "common": {terms[i]: int(count[i]) for i in top if count[i]},
        "entries": int(count.sum()),
    }


def brands_of(found: Material, rows: Ints) -> Brands:
    """Entries by molecule and brand in some visits, of the molecules that are entered most."""
    sets = found.visits.sets["brand"].take(rows)
    count = np.bincount(sets.indices, minlength=sets.width)
    brands, molecules = found.terms.terms["brand"], found.terms.molecule_of
    made: dict[str, dict[str, int]] = {}
    for item in np.flatnonzero(count).tolist():
        molecule = molecules.get(brands[item])
        if molecule:
            made.setdefault(molecule, {})[brands[item]] = int(count[item])
    most = sorted(made, key=lambda name: (-sum(made[name].values()), name))[:MOLECULES]
    return {name: made[name] for name in most}


def _hits_by_week(
    found: Material, judged: Mapping[str, Judged], test: Ints, name: str
) -> dict[str, float]:
    hits = judged[name].one.get(OURS) if name in judged else None
    if hits is None:
        return summary(())
    asked = test[found.visits.sets[FIELDS[name].of].sizes[test] > 0]
    return summary(_means(_weeks(found, asked), hits.astype(float)))


def _unknown_by_week(found: Material, name: str) -> dict[str, float]:
    """Entries of later weeks that the visits before had not: the share in a week."""
    sets, late = found.visits.sets[name], found.late
    before = np.arange(late[0] if len(late) else 0)
    known = np.bincount(sets.take(before).indices, minlength=sets.width) > 0
    now = sets.take(late)
    weeks, fresh = _weeks(found, late)[now.rows], ~known[now.indices]
    return summary(_means(weeks, fresh.astype(float)))


def _items_by_week(found: Material) -> dict[str, float]:
    late = found.late
    sizes = [found.visits.sets[name].sizes[late] for name in SERVED if name != "molecule"]
    return summary(_means(_weeks(found, late), np.sum(sizes, axis=0).astype(float)))


def _by_doctor(found: Material, judged: Mapping[str, Judged], test: Ints) -> dict[str, float]:
    """How much the mean over all fields varies between doctors."""
    rows, hits = _pooled(found, judged, test)
    return summary(_means(found.visits.doctor[rows], hits, FEWEST * len(SERVED)))


def _by_specialty(
    found: Material, judged: Mapping[str, Judged], test: Ints
) -> dict[str, dict[str, float]]:
    """The mean over all fields, of every specialty with enough visits."""
    rows, hits = _pooled(found, judged, test)
    of, fewest = found.visits.specialty[rows], FEWEST * len(SERVED)
    return {
        name: summary([float(hits[of == number].mean())])
        for number, name in enumerate(found.terms.specialties)
        if (of == number).sum() >= fewest
    }


def _pooled(found: Material, judged: Mapping[str, Judged], test: Ints) -> tuple[Ints, np.ndarray]:
    """The visit and the hit of every field that was asked about."""
    rows, hits = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for name, one in judged.items():
        if OURS in one.one:
            rows.append(test[found.visits.sets[FIELDS[name].of].sizes[test] > 0])
            hits.append(one.one[OURS].astype(float))
    return np.concatenate(rows), np.concatenate(hits)


def _brand_windows(found: Material) -> dict[str, float]:
    """How far the brands of four weeks are from those of all other visits."""
    window = np.array([at.toordinal() // DAYS for at in found.when])
    values = []
    for number in np.unique(window)[-12:]:
        inside, outside = np.flatnonzero(window == number), np.flatnonzero(window != number)
        if len(inside) >= FEWEST and len(outside) >= FEWEST:
            values.append(moved(brands_of(found, outside), brands_of(found, inside))[0])
    return summary(value for value in values if value == value)


def _weeks(found: Material, rows: Ints) -> Ints:
    """The week of each visit, from Monday."""
    return np.array([(found.when[row].toordinal() - 1) // 7 for row in rows], dtype=np.int64)


def _means(group: Ints, value: np.ndarray, fewest: int = FEWEST) -> list[float]:
    """The mean of every group that is large enough, in order."""
    names, place = np.unique(group, return_inverse=True)
    n = np.bincount(place, minlength=len(names))
    total = np.bincount(place, weights=value, minlength=len(names))
    return [float(t / k) for t, k in zip(total, n, strict=True) if k >= fewest]
