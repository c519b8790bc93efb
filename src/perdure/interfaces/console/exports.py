"""The ranked list as a file: JSON, or CSV in which no cell can act as a formula."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from defusedcsv import csv
from fastapi import Response

from perdure.interfaces.guard.refusals import Missing
from perdure.interfaces.views.ranked import RankedRow
from perdure.interfaces.views.scope import Scope

COLUMNS = (
    "rank",
    "entity",
    "name",
    "detail",
    "territory",
    "probability",
    "score",
    "action",
    "arm",
    "state",
    "note",
    "reasons",
    "decision",
    "valid_to",
    "worth",
    "worth_is",
    "propensity",
)


def answer(form_name: str, scope: Scope, rows: Sequence[RankedRow]) -> Response:
    """The file as an answer to download."""
    if form_name not in ("csv", "json"):
        raise Missing("there is no such export", expected="csv or json")
    write, kind = (as_csv, "text/csv") if form_name == "csv" else (as_json, "application/json")
    name = f"{scope.solution.name}-{scope.slug}.{form_name}"
    return Response(
        write(rows, scope.solution.worth),
        media_type=kind,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def as_csv(rows: Sequence[RankedRow], worth: str = "") -> str:
    """One line a row; texts that a spreadsheet would run as formulas are quoted.

    ``worth``: what the scores of decisions are in words, when they are no probabilities.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_flat(row, worth)[column] for column in COLUMNS] for row in rows)
    return file.getvalue()


def as_json(rows: Sequence[RankedRow], worth: str = "") -> str:
    """A list of objects with the same columns; reasons keep their effects."""
    made = [
        {
            **_flat(row, worth),
            "reasons": [{"text": w.text, "effect": w.effect} for w in row.reasons],
        }
        for row in rows
    ]
    return json.dumps(made, ensure_ascii=False, allow_nan=False)


def _flat(row: RankedRow, worth: str) -> dict[str, Any]:
    decided = row.decided_score if worth else None
    return {
        "rank": row.rank,
        "entity": row.entity,
        "name": row.name,
        "detail": row.detail,
        "territory": row.territory,
        "probability": round(row.probability, 6),
        "score": round(row.score, 6),
        "action": row.action,
        "arm": row.arm,
        "state": row.state.word,
        "note": row.note,
        "reasons": "; ".join(why.text for why in row.reasons),
        "decision": row.decision or "",
        "valid_to": row.valid_to.date().isoformat() if row.valid_to else "",
        "worth": "" if decided is None else round(decided, 6),
        "worth_is": "" if decided is None else worth,
        "propensity": "" if row.propensity is None else round(row.propensity, 6),
    }
