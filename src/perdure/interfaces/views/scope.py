"""Which solution and case an address means."""

from __future__ import annotations

from dataclasses import dataclass

from perdure.interfaces.guard.refusals import Missing
from perdure.kernel.discovery import solutions
from perdure.kernel.errors import did_you_mean
from perdure.kernel.names import slug
from perdure.kernel.solution import Solution
from perdure.platform.storage.project import DEFAULT_CASE, Project


@dataclass(frozen=True, slots=True)
class Scope:
    """A solution and one of its cases; ``cases`` are (slug, name) of all of them."""

    solution: Solution
    case: str
    slug: str
    cases: tuple[tuple[str, str], ...]

    @property
    def model(self) -> str:
        """The name of the model, e.g. ``conversion/voltaren``."""
        return f"{self.solution.name}/{self.slug}"

    @property
    def predictions(self) -> str:
        """The name of the table of predictions."""
        return f"predictions.{self.solution.name}.{self.slug}"

    @property
    def link(self) -> str:
        """The address of the case, below which its pages stand."""
        return f"/solutions/{self.solution.name}/{self.slug}"

    @property
    def first_page(self) -> str:
        """The address of what is shown first: the solution's own page, or the ranked list."""
        return f"{self.link}/pages/{self.solution.home}" if self.solution.home else self.link

    @property
    def is_ranked(self) -> bool:
        """Whether somebody is scored ahead, so that there is a list; else it answers when asked."""
        return bool(self.solution.features)

    @property
    def command(self) -> str:
        """The command that runs the whole life cycle of the case."""
        named = "" if self.case == DEFAULT_CASE else f" --case {self.case}"
        return f"{self.solution.command()}{named}"

    @property
    def names(self) -> tuple[str, str]:
        """How records may name the case."""
        return (self.case, self.slug)


def scopes(project: Project, solution: Solution) -> tuple[Scope, ...]:
    """Every case of a solution."""
    cases = tuple((slug(case), case) for case in project.cases(solution))
    return tuple(Scope(solution, name, short, cases) for short, name in cases)


def resolve(project: Project, solution: str, case: str = "") -> Scope:
    """The case that an address names; without a case the first one. Unknown is Missing."""
    known = solutions()
    if solution not in known:
        raise Missing("no such solution", hint=did_you_mean(solution[:64], known))
    found = scopes(project, known[solution])
    for scope in found:
        if case in ("", scope.slug):
            return scope
    raise Missing("no such case", hint=did_you_mean(case[:64], [scope.slug for scope in found]))
