"""OperationOutcome: how a FHIR interface says that it cannot do what it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from perdure.kernel.errors import NotEnoughData, UsageError, WordedError

MEDIA: Final = "application/fhir+json"
"""What every answer in FHIR says that it is (FHIR R4, http.html 3.1.0.1.10)."""

Severity = Literal["fatal", "error", "warning", "information"]
IssueType = Literal[
    "invalid", "structure", "required", "value", "not-supported", "not-found", "too-costly",
    "business-rule", "incomplete", "informational", "login", "forbidden",
]  # fmt: skip


class OutcomeError(WordedError):
    """A FHIR or CDS Hooks call that cannot be answered: its HTTP status, and why as an outcome.

    ``status`` and ``body`` are what the interface answers (FHIR R4 OperationOutcome 2.34;
    http.html, 3.1.0.4). The text never repeats what was sent.

    >>> error = OutcomeError(400, "structure", "no Bundle", at="Bundle.type")
    >>> error.status, error.body["issue"][0]["expression"]
    (400, ['Bundle.type'])
    """

    def __init__(self, status: int, code: IssueType, what: str, *, at: str = "") -> None:
        body = outcome(issue("error", code, what, at=at))
        super().__init__(what, status=status, body=body, where=at or None, media=MEDIA)


def issue(severity: Severity, code: IssueType, what: str, *, at: str = "") -> dict[str, Any]:
    """One issue of an outcome; ``at`` is the place as a FHIRPath.

    >>> issue("warning", "incomplete", "no allergies")["diagnostics"]
    'no allergies'
    """
    made: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": what[:2_000]}
    if at:
        made["expression"] = [at]
    return made


def outcome(*issues: dict[str, Any]) -> dict[str, Any]:
    """An OperationOutcome of issues, of which there is at least one (ele-1, 1..*)."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


@contextmanager
def as_outcomes() -> Iterator[None]:
    """Turns what the assistant refuses into outcomes, so that a FHIR client reads one form."""
    try:
        yield
    except WordedError:
        raise
    except NotEnoughData as error:
        raise OutcomeError(409, "business-rule", str(error)) from error
    except UsageError as error:
        raise OutcomeError(400, "invalid", str(error)) from error
