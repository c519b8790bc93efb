"""The workflows: pinned, without standing permissions, clean under two independent checkers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEMPLATES = sorted((ROOT / "deploy" / "github-actions").glob("*.yml"))
WORKFLOWS = OWN + TEMPLATES
USES = re.compile(r"^\s*(?:- )?uses:\s*(\S+)(.*)$", re.MULTILINE)
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
LOCAL = re.compile(r"^\$/\.github/workflows/([\w.-]+\.yml)$")

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text())
    return loaded


def check(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflows_that_users_are_promised_are_there() -> None:
    names = {path.name for path in OWN}
    assert names >= {
        "test.yml",
        "build-and-test-wheel.yml",
        "release.yml",
        "scheduled.yml",
        "deploy.yml",
    }
    assert [path.name for path in TEMPLATES] == ["scheduled.yml"]


@each_workflow
def test_every_action_is_pinned_by_sha_and_says_its_version(path: Path) -> None:
    for name, rest in USES.findall(path.read_text()):
        if local := LOCAL.match(name):
            assert (ROOT / ".github" / "workflows" / local[1]).is_file(), name
        else:
            assert PINNED.match(name), name
            assert re.fullmatch(r"\s+# v\d+\.\d+\.\d+", rest), f"{name} has no version comment"


def test_one_action_has_one_version_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for name, _rest in USES.findall(path.read_text()):
            if "@" in name:
                pins.setdefault(name.partition("@")[0], set()).add(name.partition("@")[2])
    assert pins
    assert not {name: found for name, found in pins.items() if len(found) > 1}


@each_workflow
def test_permissions_are_empty_on_top_and_named_in_each_job(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    for name, job in workflow["jobs"].items():
        assert "permissions" in job, name
        assert "uses" in job or job["timeout-minutes"] <= 240, name


@each_workflow
def test_no_checkout_leaves_credentials_behind(path: Path) -> None:
    for job in read(path)["jobs"].values():
        for step in job.get("steps", ()):
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@each_workflow
def test_no_workflow_uses_a_stored_secret(path: Path) -> None:
    assert "secrets." not in path.read_text()


def test_what_is_released_or_deployed_was_tested_and_approved() -> None:
    release, deploy = (
        read(ROOT / ".github/workflows" / name)["jobs"] for name in ("release.yml", "deploy.yml")
    )
    assert {"test", "wheel"} <= set(release["attest"]["needs"])
    assert release["publish"]["needs"] == "attest"
    assert release["publish"]["environment"] == "release"
    assert {"test", "wheel"} <= set(deploy["deploy"]["needs"])
    assert deploy["deploy"]["environment"] == "production"


def test_only_the_wheel_workflow_builds_a_package() -> None:
    builds = re.compile(r"-m (build|pip wheel)\b|hatch build|uv build")
    assert [path.name for path in WORKFLOWS if builds.search(path.read_text())] == [
        "build-and-test-wheel.yml"
    ]


def test_zizmor_finds_nothing() -> None:
    zizmor = [BIN / "zizmor", "--offline", "--no-progress", "--quiet", "--strict-collection"]
    check(*zizmor, ".github", *TEMPLATES)


def test_the_workflows_follow_their_schema() -> None:
    schema = [BIN / "check-jsonschema", "--builtin-schema"]
    check(*schema, "vendor.github-workflows", *WORKFLOWS)
    check(*schema, "custom.github-workflows-require-timeout", *WORKFLOWS)
    check(*schema, "vendor.dependabot", ROOT / ".github" / "dependabot.yml")


def test_the_checkers_do_find_faults(tmp_path: Path) -> None:
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(
        "on: pull_request_target\njobs:\n  x:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - run: echo ${{ github.head_ref }}\n"
    )
    with pytest.raises(AssertionError, match="unpinned-uses"):
        check(BIN / "zizmor", "--offline", "--no-progress", "--quiet", bad)
    with pytest.raises(AssertionError, match="timeout"):
        check(
            BIN / "check-jsonschema",
            "--builtin-schema",
            "custom.github-workflows-require-timeout",
            bad,
        )


def test_the_installer_refuses_a_wheel_that_is_not_the_one_that_was_built(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "perdure-1.0.0-py3-none-any.whl").write_bytes(b"not what was built")
    (dist / "SHA256SUMS").write_text(f"{'0' * 64}  perdure-1.0.0-py3-none-any.whl\n")
    script = ROOT / "deploy" / "install_release.sh"
    done = subprocess.run(
        ["sh", script, dist, tmp_path / "lock.txt", tmp_path / "home"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert not (tmp_path / "home").exists()
