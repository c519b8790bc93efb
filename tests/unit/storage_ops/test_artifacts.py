"""Bundles: whole or not there, verified before anyone reads, named by their content."""

import os
import time
from pathlib import Path

import pytest

from perdure.kernel.errors import IntegrityError, StoreError, UsageError
from perdure.platform.storage.artifacts import Artifacts

FILES = {"model.txt": b"tree\n" * 100, "card.json": b"{}"}


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


def test_what_was_put_comes_back(artifacts: Artifacts):
    digest = artifacts.put(FILES)
    bundle = artifacts.open(digest)
    assert bundle.names() == ("card.json", "model.txt")
    assert {name: bundle.read(name) for name in bundle.names()} == FILES
    assert bundle.manifest["files"]["card.json"]["size"] == 2
    with pytest.raises(UsageError, match="no file"):
        bundle.read("other")


def test_the_same_files_have_the_same_digest_and_are_stored_once(artifacts: Artifacts):
    digest = artifacts.put(FILES)
    before = (artifacts.root / digest / "model.txt").stat().st_ino
    assert artifacts.put(dict(reversed(FILES.items()))) == digest
    assert (artifacts.root / digest / "model.txt").stat().st_ino == before
    assert artifacts.put({**FILES, "card.json": b"[]"}) != digest
    assert sorted(path.name for path in artifacts.root.iterdir() if path.name.startswith(".")) == []


def test_every_flipped_byte_is_noticed(artifacts: Artifacts):
    digest = artifacts.put({"model.txt": b"abc", "card.json": b"{}"})
    for path in sorted((artifacts.root / digest).iterdir()):
        whole = path.read_bytes()
        for position in range(len(whole)):
            path.write_bytes(
                whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
            )
            with pytest.raises(IntegrityError):
                artifacts.open(digest)
        path.write_bytes(whole)
    artifacts.open(digest)


def _link_away(folder: Path) -> None:
    (folder / "model.txt").rename(folder.parent / "elsewhere")
    (folder / "model.txt").symlink_to(folder.parent / "elsewhere")


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "model.txt").unlink(),
        lambda folder: (folder / "model.txt").write_bytes(b""),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_bytes(b"not json"),
        lambda folder: (folder / "extra.txt").write_bytes(b"x"),
        _link_away,
    ],
)
def test_damage_is_noticed_and_putting_the_files_again_heals(artifacts: Artifacts, damage):
    digest = artifacts.put(FILES)
    damage(artifacts.root / digest)
    with pytest.raises(IntegrityError):
        artifacts.open(digest)
    assert artifacts.put(FILES) == digest
    assert artifacts.open(digest).read("card.json") == b"{}"


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "manifest.json", "x" * 200])
def test_a_name_that_could_leave_the_folder_is_refused(artifacts: Artifacts, name: str):
    with pytest.raises(UsageError):
        artifacts.put({name: b"x"})


@pytest.mark.parametrize("digest", ["../../etc", "", "A" * 64, "0" * 63])
def test_a_digest_that_is_none_is_refused(artifacts: Artifacts, digest: str):
    with pytest.raises(UsageError):
        artifacts.open(digest)
    assert not artifacts.exists(digest)


def test_an_unknown_digest_is_a_store_error(artifacts: Artifacts):
    with pytest.raises(StoreError, match="no artefact"):
        artifacts.open("0" * 64)


def test_an_empty_bundle_is_refused(artifacts: Artifacts):
    with pytest.raises(UsageError, match="needs a file"):
        artifacts.put({})


def test_a_sweep_takes_only_old_orphans(artifacts: Artifacts):
    assert artifacts.sweep(()) == []
    used, orphan, young = (artifacts.put({"a": bytes([n])}) for n in range(3))
    killed = artifacts.root / ".unfinished-abc"
    killed.mkdir()
    (killed / "model.txt").write_bytes(b"half")
    old = time.time() - 25 * 3600
    for name in (used, orphan, ".unfinished-abc"):
        os.utime(artifacts.root / name, (old, old))
    assert set(artifacts.sweep({used})) == {orphan, ".unfinished-abc"}
    assert [artifacts.exists(digest) for digest in (used, orphan, young)] == [True, False, True]


def test_storing_an_old_orphan_again_keeps_it_from_the_sweep(artifacts: Artifacts):
    digest = artifacts.put(FILES)
    os.utime(artifacts.root / digest, (0, 0))
    artifacts.put(FILES)
    assert artifacts.sweep(()) == []


def test_a_second_writer_of_the_same_files_finds_them_there(
    artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
):
    digest = artifacts.put(FILES)
    monkeypatch.setattr(artifacts, "_is_whole", lambda _digest: False)
    assert artifacts.put(FILES) == digest
    assert [path.name for path in artifacts.root.iterdir()] == [digest]
