"""From tables of visits and entries to numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from perdure.methods.recommend.membership import Ints, Membership
from perdure.solutions.prescription.engine.visits import FIELDS, Visits
from perdure.solutions.prescription.engine.vocabulary import Vocabulary
from perdure.solutions.prescription.text.words import stem, tokens

SPOKEN = ("complaint", "diagnosis")
_STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "is", "it",
    "nec", "nos", "not", "of", "on", "or", "other", "the", "to", "unspecified", "with",
})  # fmt: skip


def learn_vocabulary(
    visits: pl.DataFrame, entries: pl.DataFrame, names: Mapping[str, Mapping[str, str]],
    *, reserve: int = 0,
) -> Vocabulary:  # fmt: skip
    """All terms that occur, in alphabetical order, with ``reserve`` free places a field.

    ``visits`` needs the column specialty; ``entries`` field, code and molecule (of a brand, else
    null); ``names`` gives the name of a code by field.
    """
    free = [""] * reserve
    terms = {name: [*_codes(entries, name), *free] for name in FIELDS}
    terms["molecule-new"] = terms["molecule"]
    stems = {name: [_stems(names.get(name, {}).get(t, "")) for t in terms[name]] for name in SPOKEN}
    words = sorted({word for found in stems.values() for row in found for word in row})
    number = {word: i for i, word in enumerate(words)}
    spoken = {
        name: Membership.of([[number[w] for w in row] for row in found], len(words))
        for name, found in stems.items()
    }
    places = sorted(visits["specialty"].drop_nulls().unique().to_list())
    return Vocabulary(terms, places, words, _molecules(entries), spoken)


def encode(visits: pl.DataFrame, entries: pl.DataFrame, terms: Vocabulary) -> Visits:
    """Visits as numbers, in the order of ``visits``; terms that are not known are left out.

    ``visits`` needs visit, doctor (a number), specialty, age, sex (1, 2; null), months, order;
    ``entries`` visit, field, code, molecule, new (whether a medicine is new to the patient).
    """
    rows = visits.select("visit").with_row_index("row")
    placed = entries.join(rows, on="visit", how="inner")
    n = visits.height
    sets = {name: _set(placed.filter(pl.col("field") == name), "code", terms, name, n)
            for name in ("complaint", "diagnosis", "lab", "advice")}  # fmt: skip
    medicines = placed.filter(pl.col("field") == "medicine")
    sets["brand"] = _set(medicines, "code", terms, "brand", n)
    sets["molecule"] = _set(medicines, "molecule", terms, "molecule", n)
    sets["molecule-new"] = _set(medicines.filter(pl.col("new")), "molecule", terms, "molecule", n)
    place = pl.Series(visits["specialty"]).replace_strict(
        terms.specialty_number, default=-1, return_dtype=pl.Int64
    )
    numbers = visits.select(
        pl.col("doctor", "age", "sex", "order").fill_null(-1).cast(pl.Int64),
        pl.col("months").cast(pl.Float32),
    )
    return Visits(
        numbers["doctor"].to_numpy(), place.to_numpy(), numbers["age"].to_numpy(),
        numbers["sex"].to_numpy(), numbers["months"].to_numpy(), numbers["order"].to_numpy(),
        sets, _notes(visits, terms),
    )  # fmt: skip


def stems_of(text: str) -> list[str]:
    """The stems of a text that carry meaning, without repeats.

    >>> stems_of("Pain in the right lung")
    ['pain', 'right', 'lung']
    """
    return list(dict.fromkeys(_stems(text)))


def _stems(text: str) -> list[str]:
    found = (token.text.lower() for token in tokens(text.lower()))
    return [stem(word) for word in found if len(word) > 1 and word not in _STOP]


def codes_of(entries: pl.DataFrame) -> tuple[dict[str, Sequence[str]], dict[str, str]]:
    """All codes that were entered, by field, and the molecule of each brand."""
    return {name: _codes(entries, name) for name in FIELDS}, _molecules(entries)


def _codes(entries: pl.DataFrame, name: str) -> Sequence[str]:
    source, column = {"molecule": ("medicine", "molecule"), "brand": ("medicine", "code")}.get(
        name, (name, "code")
    )
    found = entries.filter(pl.col("field") == source)[column]
    listed: list[str] = sorted(found.drop_nulls().unique().to_list())
    return listed


def _molecules(entries: pl.DataFrame) -> dict[str, str]:
    """The molecule that each brand is entered with most."""
    medicines = entries.filter((pl.col("field") == "medicine") & pl.col("molecule").is_not_null())
    pairs = medicines.group_by("code", "molecule").len().sort("len", "molecule")
    return dict(pairs.select("code", "molecule").iter_rows())


def _set(placed: pl.DataFrame, column: str, terms: Vocabulary, name: str, n: int) -> Membership:
    numbers = placed[column].replace_strict(
        terms.number[name], default=-1, return_dtype=pl.Int64
    ).to_numpy()  # fmt: skip
    known = numbers >= 0
    rows: Ints = placed["row"].to_numpy().astype(np.int64)
    return Membership.pairs(rows[known], numbers[known], n, terms.width(name))


def _notes(visits: pl.DataFrame, terms: Vocabulary) -> Membership:
    if "notes" not in visits.columns:
        return Membership.of([() for _ in range(visits.height)], len(terms.words))
    known = terms.word_number
    told = visits["notes"].fill_null("").str.len_bytes().to_numpy() > 0
    rows = np.flatnonzero(told)
    texts: Iterable[str] = visits["notes"].gather(rows).to_list()
    found = [[known[w] for w in stems_of(text) if w in known] for text in texts]
    sizes = np.zeros(visits.height, dtype=np.int64)
    said = Membership.of(found, len(terms.words))
    sizes[rows] = said.sizes
    return Membership(np.concatenate([[0], np.cumsum(sizes)]), said.indices, said.width)
