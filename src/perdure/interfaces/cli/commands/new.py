"""``perdure new``: scaffold a solution that works from the first minute."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template

import click

from perdure.interfaces.cli.output import emit, json_option

BUILT_IN = Path("src", "perdure", "solutions")


@click.command("new")
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a package of its own (default: src/perdure/solutions in a checkout, else .).",
)
@json_option
def command(name: str, into: Path | None, as_json: bool) -> None:
    """Scaffold the solution NAME: one folder, and no other file is edited."""
    from perdure.kernel.discovery import solutions
    from perdure.kernel.errors import UsageError

    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name):
        raise UsageError(
            f"{name[:40]!r} cannot name a solution", expected="lower-case letters, digits, '_'"
        )
    if name in solutions():
        raise UsageError(f"there is a solution {name!r} already", hint="choose another name")
    inside = into is None and BUILT_IN.is_dir()
    folder, package = _places(name, into or Path(), inside=inside)
    if folder.exists():
        raise UsageError(f"{folder} is there already", hint="choose another name")
    written = _write(folder, name, package)
    if not inside:
        written.append(_package(folder.parents[1], name, package))
    following = "perdure demo" if inside else f"pip install -e {folder.parents[1]}"
    text = "\n".join([*(f"  wrote {path}" for path in written), f"Next: {following}"])
    document = {"solution": name, "written": [str(path) for path in written], "next": following}
    emit(document, as_json=as_json, text=text)


def _places(name: str, into: Path, *, inside: bool) -> tuple[Path, str]:
    """The folder of the solution, and the name under which Python imports it."""
    if inside:
        return BUILT_IN / name, f"perdure.solutions.{name}"
    return into / f"perdure-{name}" / "src" / f"perdure_{name}", f"perdure_{name}"


def _write(folder: Path, name: str, package: str) -> list[Path]:
    values = {"name": name, "title": name.replace("_", " ").capitalize(), "package": package}
    written = []
    folder.mkdir(parents=True)
    for source in sorted(files("perdure.interfaces.cli.scaffold").iterdir(), key=lambda f: f.name):
        if source.name.endswith(".txt"):
            target = folder / _target(source.name, name)
            text = source.read_text(encoding="utf-8")
            target.write_text(Template(text).substitute(values), encoding="utf-8")
            written.append(target)
    return written


def _target(source: str, name: str) -> str:
    return source.removesuffix(".txt").replace("test_solution", f"test_{name}")


def _package(root: Path, name: str, package: str) -> Path:
    """The project file of a plug-in: its entry point is all that perdure needs to find it."""
    path = root / "pyproject.toml"
    path.write_text(
        "[build-system]\n"
        'requires = ["hatchling>=1.27"]\n'
        'build-backend = "hatchling.build"\n\n'
        "[project]\n"
        f'name = "perdure-{name}"\n'
        'version = "0.1.0"\n'
        'requires-python = ">=3.11"\n'
        'dependencies = ["perdure"]\n\n'
        '[project.entry-points."perdure.solutions"]\n'
        f'{name} = "{package}.solution:SOLUTION"\n\n'
        "[tool.hatch.build.targets.wheel]\n"
        f'packages = ["src/{package}"]\n',
        encoding="utf-8",
    )
    return path
