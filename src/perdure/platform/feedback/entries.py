"""A feedback as it is kept: every part of it checked, before anything is written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, get_args

from perdure.kernel.decisions import DISMISS_REASONS, Feedback, FeedbackKind
from perdure.kernel.errors import UsageError, did_you_mean

KINDS: tuple[str, ...] = get_args(FeedbackKind)
AHEAD = timedelta(minutes=5)
"""How far a clock that tells us may run ahead of ours."""

_LENGTHS = {"key": 200, "decision": 64, "actor": 128, "note": 2_000, "extra": 4_000}


def checked_row(feedback: Feedback, now: datetime) -> dict[str, Any]:
    """The row of a feedback that makes sense by itself; UsageError says what is wrong with it."""
    _check_kind(feedback)
    if feedback.at.tzinfo is not None or feedback.at > now + AHEAD:
        raise UsageError(
            "the moment of a feedback has a time zone or lies in the future",
            expected="naive UTC, until now",
        )
    if feedback.value is not None and not math.isfinite(feedback.value):
        raise UsageError("the value of a feedback is not a number")
    row = {
        "key": feedback.key.strip(),
        "decision": feedback.decision.strip(),
        "kind": feedback.kind,
        "actor": feedback.actor.strip(),
        "at": feedback.at,
        "reason": feedback.reason,
        "value": None if feedback.value is None else float(feedback.value),
        "note": feedback.note or None,
        "extra": _json(feedback.extra),
        "received_at": now,
    }
    _check_texts(row)
    return row


def _check_kind(feedback: Feedback) -> None:
    if feedback.kind not in KINDS:
        raise UsageError(
            f"no kind of feedback {str(feedback.kind)[:40]!r}", expected=", ".join(KINDS)
        )
    if feedback.kind != "dismissed":
        if feedback.reason is not None:
            raise UsageError("only a dismissal has a reason code")
        return
    if feedback.reason not in DISMISS_REASONS:
        given = str(feedback.reason or "")[:40]
        raise UsageError(
            f"a dismissal needs a reason code, not {given!r}",
            expected=", ".join(DISMISS_REASONS),
            hint=did_you_mean(given, DISMISS_REASONS) if given else None,
        )
    if feedback.reason == "other" and not (feedback.note or "").strip():
        raise UsageError("the reason 'other' needs a note that says what")


def _check_texts(row: Mapping[str, Any]) -> None:
    for name, most in _LENGTHS.items():
        text = row[name]
        if name != "note" and not text:
            raise UsageError(f"a feedback needs {name}")
        if text and (len(text) > most or "\0" in text or not _encodable(text)):
            raise UsageError(
                f"the {name} of a feedback is too long or not text",
                expected=f"at most {most} characters",
            )


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json(extra: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(extra), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"the extra values of a feedback are not JSON: {str(error)[:200]}"
        ) from error
