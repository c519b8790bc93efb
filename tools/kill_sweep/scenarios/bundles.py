"""Bundles of files are stored, one after the other."""

from __future__ import annotations

import hashlib
import json

from perdure.kernel.errors import PerdureError
from perdure.platform.storage.artifacts import MANIFEST
from perdure.platform.storage.project import Project
from tools.kill_sweep.scenario import Acks

COUNT = 25


def files(number: int) -> dict[str, bytes]:
    """A model file and its card."""
    return {"model.txt": f"tree {number}\n".encode() * 4_000, "card.json": b"{}" * number}


class Bundles:
    """Each bundle is acknowledged when ``put`` returns."""

    name, weight = "bundles", 3

    def prepare(self, project: Project) -> None:
        """Nothing."""

    def work(self, project: Project, acks: Acks) -> None:
        """Store them all; those that are there already stay."""
        for number in range(COUNT):
            acks.add("bundle", project.artifacts.put(files(number)))

    def check(self, project: Project, acked: dict[str, list[object]]) -> list[str]:
        """Every visible bundle is whole, every acknowledged one visible."""
        problems = []
        visible = set(digests(project))
        for digest in sorted(visible):
            try:
                project.artifacts.open(digest)
            except PerdureError as error:
                problems.append(f"a half bundle is visible: {error}")
        lost = set(map(str, acked.get("bundle", []))) - visible
        return problems + [f"an acknowledged bundle is lost: {digest}" for digest in sorted(lost)]

    def state(self, project: Project) -> object:
        """The bundles, after the leftovers of killed writes are swept away."""
        project.artifacts.sweep(digests(project), older_than_hours=0)
        return sorted(path.name for path in project.artifacts.root.iterdir())


class UnsafeBundles(Bundles):
    """Writes the files straight to their place: the sweep must see this."""

    name = "unsafe-bundles"

    def work(self, project: Project, acks: Acks) -> None:
        """Store them all without a rename."""
        for number in range(COUNT):
            made = files(number)
            entries = {
                name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
                for name, content in made.items()
            }
            manifest = json.dumps(
                {"files": entries, "format": 1}, sort_keys=True, indent=1
            ).encode()
            digest = hashlib.sha256(manifest).hexdigest()
            folder = project.artifacts.root / digest
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in {**made, MANIFEST: manifest}.items():
                (folder / name).write_bytes(content)
            acks.add("bundle", digest)


def digests(project: Project) -> list[str]:
    """The names of the visible bundles."""
    root = project.artifacts.root
    return [path.name for path in root.iterdir() if len(path.name) == 64] if root.exists() else []
