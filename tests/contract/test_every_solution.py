"""The checks that hold for every solution, on every solution that is found."""

from __future__ import annotations

import pytest

from perdure.kernel.discovery import solutions
from perdure.platform.automation.checks import CHECKS, checks_of
from perdure.platform.automation.rehearsed import Rehearsed

NAMES = [name for name, manifest in solutions().items() if manifest.sample]


@pytest.fixture(scope="module", params=NAMES)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    folder = tmp_path_factory.mktemp(request.param)
    return Rehearsed(folder / "project", solutions()[request.param])


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CHECKS))
def test_check(played: Rehearsed, name: str) -> None:
    if name not in checks_of(played.solution):
        pytest.skip(f"{played.solution.name} has no such part")
    assert CHECKS[name](played) == ""


def test_there_are_solutions_to_check() -> None:
    assert "conversion" in NAMES
    assert len(CHECKS) >= 20
