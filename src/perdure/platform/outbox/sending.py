"""From decisions to messages sent: looked at again, an intent first, then the receipt.

A message is sent at most once unless its receiver knows repeats by their key. What was about to
be sent is written down before: after a kill in between it is known that it perhaps went out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from perdure.kernel.decisions import Feedback
from perdure.platform.automation.lease import Lease
from perdure.platform.decisions.dispatch import may_act
from perdure.platform.decisions.lookup import open_actions
from perdure.platform.feedback.collect import record
from perdure.platform.outbox.message import Message, Outbox, Receipt
from perdure.platform.outbox.opening import open_outbox
from perdure.platform.outbox.records import OUTBOX
from perdure.platform.outbox.settings import OutboxSettings, outbox_settings

if TYPE_CHECKING:
    from perdure.platform.storage.project import Project

NO_OUTBOX, UNSURE = "no-outbox", "perhaps-sent"
"""Why a message waits: its channel goes nowhere; or nobody knows whether it went out."""
_OPEN = ("intent", "unknown")


@dataclass(frozen=True, slots=True)
class Item:
    """One decision on its way: by which outbox, or why it is held back, or what became of it."""

    message: Message
    outbox: str
    held: tuple[str, ...] = ()
    receipt: Receipt | None = None


@dataclass(frozen=True)
class Dispatch:
    """What would go, or went, out for one case. ``sent`` says which of the two."""

    solution: str
    case: str
    at: datetime
    sent: bool
    items: tuple[Item, ...]

    def going(self) -> dict[str, int]:
        """How many go out (or went), by channel and outbox."""
        found = (i for i in self.items if not i.held and (not self.sent or _arrived(i)))
        return dict(Counter(f"{i.message.channel} by {i.outbox}" for i in found))

    def held(self) -> dict[str, int]:
        """How many are held back, by reason."""
        return dict(Counter(reason for i in self.items for reason in i.held))

    def failed(self) -> dict[str, int]:
        """How many did not arrive, or perhaps did not, by what was said."""
        told = (i.receipt for i in self.items if i.receipt and not _arrived(i))
        return dict(Counter(f"{r.outcome}: {r.detail}" for r in told))


def dispatch(
    project: Project,
    solution: str,
    case: str,
    *,
    send: bool = False,
    most: int = 500,
    again: tuple[str, ...] = (),
    environ: Mapping[str, str] | None = None,
) -> Dispatch:
    """What may go out now for a case; with ``send`` it goes, one after the other.

    Each decision is looked at again right before it is sent. ``again`` names decisions that were
    perhaps sent and shall be sent once more although their receiver cannot tell a repeat. Raises
    LeaseLost while another process sends for the case, UsageError for an outbox not described.
    """
    settings = outbox_settings(project)
    if not send:
        items = _items(project, solution, case, settings, most, again, {})
        return Dispatch(solution, case, project.clock.now(), False, tuple(items))
    kinds: list[str] = sorted(set(settings.channels.values()) - {"none"})
    boxes: dict[str, Outbox] = {
        kind: open_outbox(project, settings, kind, solution, case, environ) for kind in kinds
    }
    with Lease(project.ops, f"outbox:{solution}/{case}"):
        made = tuple(
            item if item.held else _gone(project, item, boxes[item.outbox])
            for item in _items(project, solution, case, settings, most, again, boxes)
        )
    return Dispatch(solution, case, project.clock.now(), True, made)


def _items(
    project: Project, solution: str, case: str, settings: OutboxSettings, most: int,
    again: tuple[str, ...], boxes: Mapping[str, Outbox],
) -> Iterator[Item]:  # fmt: skip
    """Every open action; looked at only when it is its turn."""
    states = _states(project)
    for made in open_actions(project, solution, case, most=most):
        kind, message = settings.kind(made.channel), Message.of(made)
        if kind == "none":
            yield Item(message, kind, (NO_OUTBOX,))
            continue
        unsure = states.get(made.id) in _OPEN and made.id not in again
        if unsure and not _repeatable(kind, boxes):
            yield Item(message, kind, (UNSURE,))
            continue
        yield Item(message, kind, may_act(project, made.id))


def _repeatable(kind: str, boxes: Mapping[str, Outbox]) -> bool:
    return boxes[kind].repeatable if kind in boxes else kind != "smtp"


def _gone(project: Project, item: Item, box: Outbox) -> Item:
    message = item.message
    _write(project, message.decision, item.outbox, "intent", "", attempt=True)
    (receipt,) = box.send([message])
    if receipt.outcome == "sent":
        # Said first: a kill after it leaves a decision that is answered and not sent again.
        record(project, _executed(project, item, receipt))
    _write(project, message.decision, item.outbox, receipt.outcome, receipt.detail)
    return Item(message, item.outbox, receipt=receipt)


def _executed(project: Project, item: Item, receipt: Receipt) -> Feedback:
    message = item.message
    told = {"outbox": item.outbox, "channel": message.channel, "detail": receipt.detail}
    return Feedback(
        message.decision, "executed", f"outbox:{item.outbox}", project.clock.now(),
        f"outbox:{message.decision}",
        extra=told | ({"variant": message.variant} if message.variant else {}),
    )  # fmt: skip


def _write(
    project: Project, decision: str, outbox: str, state: str, detail: str, *, attempt: bool = False
) -> None:
    columns = ("outbox", "state", "attempts", "detail", "changed_at")
    row = {"decision": decision, "outbox": outbox, "state": state, "detail": detail[:200],
           "changed_at": project.clock.now()}  # fmt: skip
    before = select(OUTBOX.c.attempts).where(OUTBOX.c.decision == decision)
    with project.ops.begin() as connection:
        earlier = connection.execute(before).scalar() or 0
        made = project.ops.upsert(OUTBOX, ("decision",), columns)
        connection.execute(made, row | {"attempts": earlier + attempt})


def _states(project: Project) -> dict[str, str]:
    query = select(OUTBOX.c.decision, OUTBOX.c.state).where(OUTBOX.c.state.in_(_OPEN))
    with project.ops.connect() as connection:
        return {row.decision: row.state for row in connection.execute(query)}


def _arrived(item: Item) -> bool:
    return item.receipt is not None and item.receipt.outcome == "sent"
