"""What answers online, its page, its monitor and its rehearsal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perdure.kernel import errors
from perdure.kernel.solution import Solution
from perdure.kernel.world import World
from perdure.platform.automation.rehearsal import Line
from perdure.platform.inference.predictor import champion_of
from perdure.platform.monitoring.reading import Reading
from perdure.platform.storage.journal import Journal
from perdure.platform.storage.project import Project
from toy_shop.forms import Sale, Wanted
from toy_shop.solution import SOLUTION

OPENED: list[str] = []
"""Every desk that was opened or closed, in order."""


@dataclass
class Desk:
    """The open shop of one case."""

    project: Project
    case: str
    journal: Journal

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()
        OPENED.append(f"closed {self.case}")


def open_desk(project: Project, settings: Any, case: str) -> Desk:
    """The desk of a case."""
    OPENED.append(f"opened {case}")
    return Desk(project, case, Journal(project, "shop", case))


def suggest(desk: Desk, asked: Wanted) -> dict[str, Any]:
    """The items that a group takes most often."""
    champion = champion_of(desk.project, SOLUTION, desk.case)
    if champion is None:
        raise errors.NotEnoughData("the shop has no champion", hint="perdure run shop")
    items = champion.predictor.best(asked.group, asked.most)
    return {"group": asked.group, "model": champion.reference, "items": items, "secret": 1}


def sold(desk: Desk, sale: Sale) -> dict[str, Any]:
    """Keep a sale."""
    body = {"item": sale.item, "count": sale.count, "instead_of": sale.instead_of}
    kept = desk.journal.append("sale", sale.group, body, key=sale.key, actor="till").result(10)
    return {"sequence": kept.sequence, "repeated": kept.repeated, "case": desk.case}


def named(desk: Desk, path: Mapping[str, str]) -> dict[str, str]:
    """What the path said."""
    return {**path, "case": desk.case}


def fail(_desk: Desk, path: Mapping[str, str]) -> dict[str, str]:
    """The error of that name."""
    raise getattr(errors, path["kind"], ValueError)("it failed on purpose")


def page(project: Project, case: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The values of the page."""
    return {"shop": case, "asked": query.get("group", "")}


def monitors(project: Project, settings: Any, case: str, at: datetime) -> list[Reading]:
    """How many sales the journal holds."""
    with Journal(project, "shop", case) as journal:
        count = sum(1 for _ in journal.read("sale"))
    bad = count > 2
    text = f"{count} sales by the desk"
    return [Reading("desk", "sales", "alarm" if bad else "ok", text, float(count), 2.0)]


def rehearse(project: Project, manifest: Solution, world: World, progress: Any) -> Iterator[Line]:
    """One line, to show whose rehearsal it was."""
    yield Line("shop", f"{', '.join(world.cases)}: rehearsed by itself")
