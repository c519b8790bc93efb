"""The whole engine as files: arrays as plain NumPy, trees as LightGBM's text, terms as JSON.

No file holds an object that runs code when it is read.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from perdure.kernel.errors import IntegrityError
from perdure.methods.recommend.brand_choice import BrandChoice
from perdure.methods.recommend.completion import Completion
from perdure.methods.recommend.membership import Membership
from perdure.methods.recommend.naive_bayes import NaiveBayes
from perdure.methods.recommend.ranker import Ranker
from perdure.methods.recommend.recency_frequency import RecencyFrequency
from perdure.solutions.prescription.engine.candidates import columns
from perdure.solutions.prescription.engine.contexts import ContextIndex
from perdure.solutions.prescription.engine.fields import SERVED
from perdure.solutions.prescription.engine.parts import Habit, Parts
from perdure.solutions.prescription.engine.stack import kinds
from perdure.solutions.prescription.engine.vocabulary import Vocabulary

TERMS, PARTS = "terms.json", "parts.npz"
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Engine:
    """What is served: the parts, and a ranker for each field of the pad."""

    parts: Parts
    rankers: Mapping[str, Ranker]

    @property
    def terms(self) -> Vocabulary:
        """The terms that the engine knows."""
        return self.parts.terms


def to_files(engine: Engine) -> dict[str, bytes]:
    """The engine as files; the same engine gives the same bytes."""
    parts = engine.parts
    found: Arrays = {
        "index/keys": parts.index.keys, "index/group": parts.index.group.astype(np.int16),
        "index/seen": parts.index.seen.astype(np.int32),
    }  # fmt: skip
    found |= _prefixed("brands", parts.brands.to_arrays())
    for name in SERVED:
        found |= _prefixed(f"counts/{name}", parts.counts[name].to_arrays())
        found |= _prefixed(f"words/{name}", parts.words[name].to_arrays())
        found[f"popularity/{name}"] = parts.popularity[name]
        if name in parts.ridge:
            found |= _prefixed(f"ridge/{name}", parts.ridge[name].to_arrays())
            found |= _prefixed(f"ease/{name}", parts.ease[name].to_arrays())
    files = {PARTS: _packed(found), TERMS: _terms(parts)}
    for name, ranker in engine.rankers.items():
        files[f"ranker-{name}.txt"] = ranker.text.encode()
    return files


def from_files(files: Mapping[str, bytes]) -> Engine:
    """The engine that ``to_files`` described. Raises IntegrityError when a part is missing."""
    absent = [name for name in (TERMS, PARTS) if name not in files]
    if absent:
        raise IntegrityError(f"the model has no {', '.join(absent)}")
    told = json.loads(files[TERMS])
    with np.load(io.BytesIO(files[PARTS]), allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    parts = _parts(told, arrays)
    rankers = {
        name: Ranker.of(files[f"ranker-{name}.txt"].decode(), columns(name), kinds(name))
        for name in SERVED
    }
    return Engine(parts, rankers)


def _parts(told: Mapping[str, Any], arrays: Arrays) -> Parts:
    def under(prefix: str) -> Arrays:
        cut = len(prefix) + 1
        return {n[cut:]: a for n, a in arrays.items() if n.startswith(f"{prefix}/")}

    index = ContextIndex(
        arrays["index/keys"], arrays["index/group"].astype(np.int64),
        arrays["index/seen"].astype(np.int64),
    )  # fmt: skip
    linear = [name for name in SERVED if name != "brand"]
    return Parts(
        _vocabulary(told), index,
        {name: RecencyFrequency.from_arrays(under(f"counts/{name}")) for name in SERVED},
        {name: Completion.from_arrays(under(f"ridge/{name}")) for name in linear},
        {name: Completion.from_arrays(under(f"ease/{name}")) for name in linear},
        {name: NaiveBayes.from_arrays(under(f"words/{name}")) for name in SERVED},
        {name: arrays[f"popularity/{name}"] for name in SERVED},
        BrandChoice.from_arrays(under("brands")),
        {name: Habit(**weights) for name, weights in told["habit"].items()},
    )  # fmt: skip


def _terms(parts: Parts) -> bytes:
    terms = parts.terms
    told = {
        "terms": {name: list(terms.terms[name]) for name in SERVED},
        "specialties": list(terms.specialties),
        "words": list(terms.words),
        "molecule_of": dict(terms.molecule_of),
        "spoken": {
            name: [found.indices[found.indptr[i] : found.indptr[i + 1]].tolist()
                   for i in range(len(found))]
            for name, found in terms.spoken.items()
        },
        "habit": {name: asdict(weights) for name, weights in sorted(parts.habit.items())},
    }  # fmt: skip
    return json.dumps(told, sort_keys=True, ensure_ascii=False).encode()


def _vocabulary(told: Mapping[str, Any]) -> Vocabulary:
    terms: dict[str, list[str]] = {**told["terms"]}
    terms["molecule-new"] = terms["molecule"]
    words: list[str] = told["words"]
    spoken = {name: Membership.of(rows, len(words)) for name, rows in told["spoken"].items()}
    return Vocabulary(terms, told["specialties"], words, told["molecule_of"], spoken)


def _prefixed(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def _packed(arrays: Arrays) -> bytes:
    sink = io.BytesIO()
    np.savez(sink, allow_pickle=False, **arrays)
    return sink.getvalue()
