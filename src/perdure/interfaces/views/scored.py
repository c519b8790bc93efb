"""The newest predictions of a case, as a frame that is read once per version of the table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from perdure.interfaces.views.scope import Scope
from perdure.platform.storage.lake import Lake
from perdure.platform.storage.project import Project

FIXED = frozenset(
    ("entity", "at", "raw", "probability", "model", "reasons", "run", "scored_at", "territory",
     "index_date", "name", "rank")
)  # fmt: skip
"""Columns with a meaning of their own; every other text column describes the entity."""

DESCRIBING = 4
"""How many of them are shown."""


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: the sentence, and how much it moved the score (log odds)."""

    text: str
    effect: float


@dataclass(frozen=True)
class Scored:
    """Everybody who was scored last, most likely first.

    ``frame``: entity, name, detail, territory, probability, score (0 .. 1, the share of those
    scored who are less likely), place (1 = most likely) and reasons (JSON text).
    """

    frame: pl.DataFrame
    model: str
    data_as_of: datetime
    scored_at: datetime | None
    base_rate: float
    top: float

    def of(self, entities: list[str]) -> dict[str, dict[str, Any]]:
        """The rows of some entities, by entity."""
        rows = self.frame.filter(pl.col("entity").is_in(entities))
        return {row["entity"]: row for row in rows.iter_rows(named=True)}

    def like(self, text: str, limit: int = 500) -> list[str]:
        """The entities whose id, name or description holds the text."""
        wanted = text.strip().lower()
        words = pl.concat_str("entity", "name", "detail", separator=" ").str.to_lowercase()
        rows = self.frame.filter(words.str.contains(wanted, literal=True))
        return rows["entity"].head(limit).to_list()


def latest(project: Project, scope: Scope) -> Scored | None:
    """The newest predictions, None when nothing was scored yet."""
    name = scope.predictions
    if not project.lake.exists(name):
        return None
    return _read(project.lake.root, name, project.lake.version(name))


@lru_cache(maxsize=8)
def _read(root: Path, name: str, version: int) -> Scored | None:
    scan = Lake(root).scan(name, version)
    newest = scan.select(pl.col("at").max()).collect().item()
    if newest is None:
        return None
    frame = scan.filter(pl.col("at") == newest).collect()
    described = _described(frame).sort("probability", "entity", descending=[True, False])
    n = described.height
    ranked = described.with_columns(
        score=(n - pl.col("probability").rank("min", descending=True)) / max(n - 1, 1),
        place=pl.int_range(1, n + 1),
    )
    first = frame.row(0, named=True)
    return Scored(
        frame=ranked,
        model=str(first.get("model", "")),
        data_as_of=newest,
        scored_at=_moment(first.get("scored_at")),
        base_rate=float(ranked["probability"].mean()),  # type: ignore[arg-type]
        top=float(ranked["probability"][0]),
    )


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return value if isinstance(value, datetime) else None


def _described(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [c for c, kind in frame.schema.items() if kind == pl.String and c not in FIXED]
    texts = texts[:DESCRIBING]
    detail = (
        pl.concat_str([pl.col(c).fill_null("") for c in texts], separator=" · ")
        .str.replace_all(r"( · )+", " · ")
        .str.strip_chars(" ·")
        if texts
        else pl.lit("")
    )
    name = pl.col("name").fill_null(pl.col("entity")) if "name" in frame else pl.col("entity")
    territory = pl.col("territory").fill_null("") if "territory" in frame else pl.lit("")
    reasons = pl.col("reasons").fill_null("[]") if "reasons" in frame else pl.lit("[]")
    return frame.select(
        "entity",
        "probability",
        name.alias("name"),
        detail.alias("detail"),
        territory.alias("territory"),
        reasons.alias("reasons"),
    )


def reasons_of(text: str) -> tuple[Why, ...]:
    """The reasons behind a score, strongest first; text that is no such list gives none."""
    try:
        found = json.loads(text)
    except ValueError:
        return ()
    made = [_why(reason) for reason in found if isinstance(reason, Mapping)]
    return tuple(sorted(made, key=lambda why: -abs(why.effect)))


def _why(reason: Mapping[str, Any]) -> Why:
    return Why(sentence(reason), float(reason.get("effect") or 0.0))


def sentence(reason: Mapping[str, Any]) -> str:
    """A stored reason in words: its text, else the name of its feature."""
    return str(reason.get("text") or reason.get("feature") or "")
