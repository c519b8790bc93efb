"""Evidence on later visits: shares by field and over all fields, with intervals over doctors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from perdure.kernel.evidence import Measured
from perdure.methods.recommend.accuracy import best, best_of_candidates, shown
from perdure.methods.recommend.membership import Ints
from perdure.methods.recommend.ranker import Ranker
from perdure.platform.training.evidence import DATA, SERVED, TOP_DECILE, difference
from perdure.solutions.prescription.engine.batches import as_written, batches
from perdure.solutions.prescription.engine.candidates import candidates
from perdure.solutions.prescription.engine.fields import PILLS
from perdure.solutions.prescription.engine.parts import Parts
from perdure.solutions.prescription.engine.scores import Scores
from perdure.solutions.prescription.engine.visits import Visits

CHAMPION = "champion"
BASELINES = ("popularity", "seed_v1-tuned", "ridge-doctor")
DRAWS = 200


@dataclass(slots=True)
class Judged:
    """What each method showed in one field: (visits,) of hits, by method and metric."""

    doctor: Ints
    one: dict[str, np.ndarray]
    all: dict[str, np.ndarray]
    probability: np.ndarray
    hit: np.ndarray


def judge_field(
    parts: Parts, ranker: Ranker, pool: np.ndarray, table: Visits, rows: Ints, name: str,
    champion: Ranker | None = None,
) -> Judged:  # fmt: skip
    """Ask about later visits as they look when the field is written.

    The champion's ranker is asked with the same counts: counts follow the data every night, what
    a release changes is how they are weighed.
    """
    asked = as_written(table, rows, name)
    rankers = {SERVED: ranker} | ({CHAMPION: champion} if champion else {})
    tops: dict[str, list[Ints]] = {method: [] for method in (*BASELINES, *rankers)}
    odds, hits = [], []
    for part, here, scores in batches(parts, table, asked, name):
        truth = asked.truth.take(np.arange(part.start, part.stop))
        for method, view in _simple(parts, scores, pool):
            tops[method].append(best(view, PILLS))
        found = candidates(parts, scores, here)
        for method, chosen in rankers.items():
            raw = chosen.raw(found.numbers)
            tops[method].append(best_of_candidates(found.row, found.item, raw, len(truth), PILLS))
        raw = ranker.raw(found.numbers)
        odds.append(1 / (1 + np.exp(-raw)))
        hits.append(truth.holds(found.row, found.item))
    judged = {m: shown(np.concatenate(t), asked.truth) for m, t in tops.items()} if odds else {}
    return Judged(
        table.doctor[asked.rows],
        {m: found.one for m, found in judged.items()},
        {m: found.all for m, found in judged.items()},
        np.concatenate(odds) if odds else np.zeros(0),
        np.concatenate(hits) if hits else np.zeros(0),
    )


def _simple(parts: Parts, scores: Scores, pool: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yield "popularity", np.broadcast_to(parts.popularity[scores.field], scores.linear.shape)
    yield "seed_v1-tuned", scores.pool(pool)
    yield "ridge-doctor", scores.linear


def evidence(case: str, judged: Mapping[str, Judged], seed: int) -> list[Measured]:
    """Rows for gate, card and pages: every field, and the mean over the fields.

    The unit of the intervals is the doctor: visits of one doctor are not independent.
    """
    fields = {name: found for name, found in judged.items() if found.one}
    rows = [row for name, found in fields.items() for row in _of_field(case, name, found, seed)]
    visits = sum(len(found.doctor) for found in fields.values())
    positives = float(sum(found.one[SERVED].sum() for found in fields.values()))
    rows += [Measured(case, DATA, "rows", visits, n=visits)]
    rows += [Measured(case, DATA, "positives", positives, n=visits)]
    return [*rows, *_overall(case, fields, seed), _calibration(case, fields)]


def _of_field(case: str, name: str, found: Judged, seed: int) -> Iterator[Measured]:
    draws = _draws(found.doctor, seed)
    for word, hits in (("one@8", found.one), ("all@8", found.all)):
        for method, hit in hits.items():
            yield _row(case, method, f"{name} {word}", hit.astype(float), draws)
        for other in _others(hits):
            gap = hits[SERVED].astype(float) - hits[other]
            yield _row(case, difference(other), f"{name} {word}", gap, draws)


def _overall(case: str, fields: Mapping[str, Judged], seed: int) -> Iterator[Measured]:
    """The plain mean over the fields: each of them costs the doctor the same look."""
    others = _others(next(iter(fields.values())).one) if fields else ()
    for method in (SERVED, *others):
        yield _mean(case, method, {n: f.one[method].astype(float) for n, f in fields.items()},
                    fields, seed)  # fmt: skip
    for other in others:
        gaps = {n: f.one[SERVED].astype(float) - f.one[other] for n, f in fields.items()}
        yield _mean(case, difference(other), gaps, fields, seed)


def _others(hits: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    return tuple(method for method in hits if method != SERVED)


def _mean(
    case: str, method: str, values: Mapping[str, np.ndarray], fields: Mapping[str, Judged],
    seed: int,
) -> Measured:  # fmt: skip
    value = float(np.mean([v.mean() for v in values.values()]))
    drawn = np.mean([_drawn(v, _draws(fields[n].doctor, seed)) for n, v in values.items()], axis=0)
    low, high = np.quantile(drawn, [0.025, 0.975])
    n = sum(len(v) for v in values.values())
    return Measured(case, method, "one@8", value, float(low), float(high), n)


def _row(case: str, method: str, metric: str, value: np.ndarray, draws: np.ndarray) -> Measured:
    low, high = np.quantile(_drawn(value, draws), [0.025, 0.975])
    return Measured(case, method, metric, float(value.mean()), float(low), float(high), len(value))


def _draws(doctor: Ints, seed: int) -> np.ndarray:
    """Weights (draws, visits): whole doctors drawn with replacement; the same for every field."""
    number = int(doctor.max(initial=0)) + 1
    rng = np.random.default_rng(seed)
    times = rng.poisson(1.0, size=(DRAWS, number))
    return np.asarray(times[:, doctor], dtype=float)


def _drawn(value: np.ndarray, draws: np.ndarray) -> np.ndarray:
    return np.asarray(draws @ value / np.maximum(draws.sum(axis=1), 1e-9))


def _calibration(case: str, fields: Mapping[str, Judged]) -> Measured:
    """Predicted over observed among the tenth of the pills with the highest probability."""
    odds = np.concatenate([found.probability for found in fields.values()])
    hit = np.concatenate([found.hit for found in fields.values()])
    if not len(odds):
        return Measured(case, SERVED, TOP_DECILE, float("nan"))
    top = np.argsort(-odds, kind="stable")[: max(len(odds) // 10, 1)]
    observed = max(float(hit[top].mean()), 1e-9)
    spread = 1.96 * np.sqrt(observed * (1 - min(observed, 1.0)) / len(top))
    ratio = float(odds[top].mean())
    low, high = ratio / (observed + spread), ratio / max(observed - spread, 1e-9)
    return Measured(case, SERVED, TOP_DECILE, ratio / observed, low, high, len(top))
