"""Today's contacts: whom to contact by what and why, who was stopped, who may give when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from perdure.kernel.decisions import DISMISS_REASONS, Decision
from perdure.methods.contact.actions import ACTIONS
from perdure.platform.decisions.lookup import open_actions, reports
from perdure.solutions.donor.eligibility import WORDS
from perdure.solutions.donor.pages.calendar import Eligible, calendar_page, eligible_of
from perdure.solutions.donor.pages.champion import NAME
from perdure.solutions.donor.pages.words import action_word

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

PAGE = 25
LIMIT_WORDS = WORDS | {
    "no-consent": "no consent on file for the channel",
    "quiet-hours": "in the donor's quiet hours",
    "contact-cap": "contacted often enough already",
    "minimum-gap": "contacted too short a time ago",
    "one-per-entity": "another contact waits already",
    "capacity": "no place left in the centre",
    "low-score": "worth too little",
    "invalid": "not a whole proposal",
}
"""What each limit of the one decision point is called on the page."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact that waits. ``worth`` over leaving alone is simulated; ``chance`` is not."""

    id: str
    donor: str
    centre: str
    action: str
    worth: float
    chance: float | None
    drawn: bool
    propensity: float
    arm: str
    why: tuple[str, ...]
    valid_to: datetime
    eligible: Eligible | None


def today(project: Project, case: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The page: filters ``action`` and ``centre``, ``page`` from 1."""
    waiting = open_actions(project, NAME, case)
    action, centre = query.get("action", ""), query.get("centre", "")
    chosen = _chosen(waiting, action, centre)
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(max(_whole(query.get("page", "1")), 1), pages)
    shown = chosen[(page - 1) * PAGE : page * PAGE]
    report = next(iter(reports(project, NAME, case, most=1)), None)
    found = calendar_page(project, case, centre)
    may_give = eligible_of(project, [d.entity for d in shown])
    return {
        "contacts": [_contact(d, may_give.get(d.entity)) for d in shown],
        "total": len(chosen),
        "waiting": len(waiting),
        "lots": sum(_drawn(d) for d in waiting),
        "page_number": page,
        "pages": pages,
        "report": report,
        "stopped": _stopped(report.blocked) if report else (),
        "closed": sum(many for _, many in found.closed),
        "action": action,
        "centre": centre,
        "actions": [("", "All actions"), *((a, action_word(a)) for a in ACTIONS[1:])],
        "centres": [("", "All centres"), *((c, c) for c in _centres(waiting))],
        "filters": urlencode({"action": action, "centre": centre}),
        "exported": urlencode({"view": "waiting", "order": "probability", "territory": centre,
                               "action": action}),
        "calendar": found,
        "dismiss_reasons": DISMISS_REASONS,
        "now": project.clock.now(),
    }  # fmt: skip


def _chosen(waiting: Sequence[Decision], action: str, centre: str) -> list[Decision]:
    kept = [d for d in waiting if action in ("", d.action) and centre in ("", d.territory)]
    return sorted(kept, key=lambda d: (-d.score, d.entity))


def _contact(made: Decision, eligible: Eligible | None) -> Contact:
    chance = next((r.value for r in made.reasons if r.feature == "chance"), None)
    return Contact(
        made.id, made.entity, made.territory, action_word(made.action), made.score,
        chance if isinstance(chance, float) else None, _drawn(made), made.propensity, made.arm,
        _why(made), made.valid_to, eligible,
    )  # fmt: skip


def _why(made: Decision) -> tuple[str, ...]:
    """The facts behind the choice; what it is worth and the chance have columns of their own."""
    told = tuple(r.text for r in made.reasons if r.feature not in ("chance", "plan"))
    return ("Drawn by lot, to learn what contacts do", *told) if _drawn(made) else told


def _drawn(made: Decision) -> bool:
    """Whether the lot chose something else than the best that was open."""
    return made.score < max(made.alternatives.values(), default=made.score) - 1e-6


def _stopped(blocked: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """What stopped how many, in words, most first."""
    told = ((LIMIT_WORDS.get(rule, rule.replace("-", " ")), many) for rule, many in blocked.items())
    return tuple(sorted(told, key=lambda pair: (-pair[1], pair[0])))


def _centres(waiting: Sequence[Decision]) -> list[str]:
    return sorted({d.territory for d in waiting if d.territory})


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
