"""POST /check: warnings about what is written, and in words what could not be checked."""

from __future__ import annotations

from perdure.solutions.prescription.api.texts import Answer, Asked, OptionalCode
from perdure.solutions.prescription.api.written import UnknownEntry, Written, unknown_entries
from perdure.solutions.prescription.service import Role, Service, Tier


class CheckRequest(Asked):
    """The prescription; with ``adding`` only what that molecule would bring is looked at.

    ``role`` is who is at work: the organisation may interrupt some roles only.
    """

    written: Written
    adding: OptionalCode = ""
    role: Role = "doctor"


class Warned(Answer):
    """One warning: what kind, how loud, about which molecules, and who says so since when."""

    kind: str
    tier: Tier
    molecules: list[str]
    text: str
    source: str
    dated: str
    rule: str


class Silenced(Answer):
    """A warning that the organisation does not show, and its reason."""

    alert: Warned
    reason: str


class CheckAnswer(Answer):
    """The warnings, loud ones first. ``complete`` is true only when every check could run.

    ``suppressed`` are those that the organisation knows as good; they are in no other list.
    """

    alerts: list[Warned]
    not_checked: list[str]
    complete: bool
    suppressed: list[Silenced]
    unknown: list[UnknownEntry]


def check(service: Service, asked: CheckRequest) -> CheckAnswer:
    """Check a prescription; a check that could not run is named, never silent."""
    written = asked.written.prescription()
    found = service.check(written, asked.adding, asked.role)
    loud_first = sorted(found.alerts, key=lambda alert: alert.tier != "interrupt")
    return CheckAnswer(
        alerts=[Warned.model_validate(alert) for alert in loud_first],
        not_checked=list(found.not_checked),
        complete=not found.not_checked,
        suppressed=[Silenced.model_validate(each) for each in found.suppressed],
        unknown=unknown_entries(service, written),
    )
