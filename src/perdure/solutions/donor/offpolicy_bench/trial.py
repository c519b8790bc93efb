"""A randomised trial of two e-mails and none, read from a CSV by the names of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from perdure.kernel.errors import ContractError, NotEnoughData, did_you_mean
from perdure.kernel.tables import LINE
from perdure.methods.offpolicy.arrays import Floats, Ints
from perdure.platform.storage.delimited import DelimitedReader
from perdure.platform.storage.refusals import Refusals

ARMS = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
NOBODY, MENS, WOMENS = range(3)

_YES_NO = ("mens", "womens", "newbie", "visit")
_AMOUNTS = ("recency", "history")
_WORDS = ("zip_code", "channel")
COLUMNS = (*_AMOUNTS, *_YES_NO, *_WORDS, "segment")
_MOST_LEVELS = 30
_FEWEST_IN_ARM = 500


@dataclass(frozen=True, slots=True)
class Trial:
    """People of a trial: what was known of each (n, d), the arm drawn, and whether they came.

    ``recency`` (n,) is months since the last purchase; ``origin`` tells what became of the rows
    of the file, ``set_aside`` why some were not taken and the first lines of each reason.
    """

    states: Floats
    recency: Floats
    arm: Ints
    visit: Floats
    origin: dict[str, int]
    set_aside: dict[str, object]

    def __len__(self) -> int:
        return len(self.arm)


def read_trial(path: Path) -> Trial:
    """The trial in a file with the columns of ``COLUMNS``, in any order, others beside them.

    Wrong rows are set aside and counted. Raises UnreadableFile for what is no table,
    ContractError for missing columns or arms that were not drawn at one third each, NotEnoughData
    for arms with few people.
    """
    told = Refusals(path.name)
    frame = _right(_texts(path, told), told)
    arm = frame["segment"].to_numpy().astype(np.int64)
    _drawn_at_thirds(arm, path.name)
    recency = frame["recency"].to_numpy().astype(np.float64)
    return Trial(
        _states(frame, path.name), recency, arm, frame["visit"].to_numpy().astype(np.float64),
        told.origin(), _reasons(told),
    )  # fmt: skip


def _texts(path: Path, told: Refusals) -> pl.DataFrame:
    """The wanted columns as text with the line of each row."""
    reader = DelimitedReader(path)
    try:
        places = _places(reader.header, path.name)
        parts = []
        for batch in reader.batches(places):
            told.unreadable(batch.broken)
            told.read(batch.frame.height)
            text = batch.frame.with_columns(pl.all().str.strip_chars().replace("", None))
            parts.append(text.with_columns(batch.lines.cast(pl.Int64).alias(LINE)))
    finally:
        reader.close()
    if not parts:
        raise NotEnoughData("the file holds no row", where=path.name)
    return pl.concat(parts)


def _places(header: tuple[str, ...], name: str) -> dict[str, int]:
    known = {column.strip().casefold(): place for place, column in enumerate(header)}
    missing = [column for column in COLUMNS if column not in known]
    if missing:
        raise ContractError(
            f"no column {', '.join(missing)}", where=name, expected=", ".join(COLUMNS),
            hint=did_you_mean(missing[0], known),
        )  # fmt: skip
    return {column: known[column] for column in COLUMNS}


def _right(text: pl.DataFrame, told: Refusals) -> pl.DataFrame:
    """The rows whose values can be read, as numbers; each wrong row is set aside once."""
    codes = {name.casefold(): code for code, name in enumerate(ARMS)}
    segment = pl.col("segment").str.to_lowercase()
    frame = text.with_columns(
        *(pl.col(name).cast(pl.Float64, strict=False).alias(f"{name}:read") for name in _AMOUNTS),
        *(pl.col(name).replace_strict({"0": 0, "1": 1}, default=None, return_dtype=pl.Int8)
          .alias(f"{name}:read") for name in _YES_NO),
        segment.replace_strict(codes, default=None, return_dtype=pl.Int64).alias("segment:read"),
    )  # fmt: skip
    for name, wrong, detail in _rules():
        bad = frame.filter(wrong)
        told.refuse(bad, f"{name}:invalid", detail, COLUMNS)
        frame = frame.filter(~wrong)
    read = [name.removesuffix(":read") for name in frame.columns if name.endswith(":read")]
    return frame.with_columns(pl.col(f"{name}:read").alias(name) for name in read)


def _rules() -> list[tuple[str, pl.Expr, str]]:
    amounts = [
        (name, ~(pl.col(f"{name}:read").is_finite() & (pl.col(f"{name}:read") >= 0)),
         f"{name} is no number of 0 or more") for name in _AMOUNTS
    ]  # fmt: skip
    flags = [
        (name, pl.col(f"{name}:read").is_null(), f"{name} is neither 0 nor 1") for name in _YES_NO
    ]
    words = [(name, pl.col(name).is_null(), f"{name} is blank") for name in _WORDS]
    arms = "segment is none of " + ", ".join(ARMS)
    return [
        *((name, wrong.fill_null(value=True), detail) for name, wrong, detail in amounts),
        *flags,
        *words,
        ("segment", pl.col("segment:read").is_null(), arms),
    ]


def _states(frame: pl.DataFrame, name: str) -> Floats:
    """What was known before the draw: amounts, flags, and one column per further level."""
    columns = [
        frame["recency"].to_numpy(), np.log1p(frame["history"].to_numpy()),
        *(frame[flag].to_numpy() for flag in ("mens", "womens", "newbie")),
    ]  # fmt: skip
    for word in _WORDS:
        levels = frame[word].unique().sort().to_list()
        if len(levels) > _MOST_LEVELS:
            raise ContractError(
                f"{word} has {len(levels):,} values", where=name,
                expected=f"at most {_MOST_LEVELS} kinds",
            )  # fmt: skip
        columns += [(frame[word] == level).to_numpy() for level in levels[1:]]
    return np.column_stack(columns).astype(np.float64)


def _drawn_at_thirds(arm: Ints, name: str) -> None:
    counts = np.bincount(arm, minlength=len(ARMS))
    told = ", ".join(f"{arm}: {n:,}" for arm, n in zip(ARMS, counts.tolist(), strict=True))
    if counts.min() < _FEWEST_IN_ARM:
        raise NotEnoughData(
            f"too few people in an arm ({told})", where=name,
            hint=f"{_FEWEST_IN_ARM} people in each arm at least",
        )  # fmt: skip
    off = np.abs(counts / counts.sum() - 1 / 3).max()
    # Four standard errors of a third: what chance explains. A trial of a thousand people is wide.
    if off > max(0.01, 4 * np.sqrt(2 / 9 / counts.sum())):
        raise ContractError(
            f"the arms were not drawn at one third each ({told})", where=name,
            expected="a trial with three equal arms, whose propensity is known",
        )  # fmt: skip


def _reasons(told: Refusals) -> dict[str, object]:
    kept = told.kept()
    return {
        rule: {
            "rows": rows,
            "first lines": kept.filter(pl.col("rule") == rule)["line"].head(5).to_list(),
        }
        for rule, rows in sorted(told.by_rule.items())
    }
