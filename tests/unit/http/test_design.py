"""Tokens and assets: contrast as stated, files as vendored, nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from perdure.interfaces import console
from perdure.interfaces.console.assets import address, asset

HERE = Path(console.__file__).parent
TOKENS = dict(
    re.findall(
        r"--([a-z0-9-]+): light-dark\(([^)]*)\)", (HERE / "static" / "tokens.css").read_text()
    )
)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def shades(name):
    return TOKENS[name].split(", ")


GROUNDS = ("ground", "surface", "raised", "hover", "selected")


@pytest.mark.parametrize("dark", [0, 1])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", ["text", "muted", "accent", "ok", "watch", "alarm"])
def test_texts_can_be_read_on_every_ground(name, ground, dark):
    # On the chosen row a state is its shape alone, with its word for readers.
    least = 3 if ground == "selected" and name in ("ok", "watch", "alarm") else 4.5
    assert contrast(shades(name)[dark], shades(ground)[dark]) >= least


@pytest.mark.parametrize("dark", [0, 1])
@pytest.mark.parametrize("name", ["field", *(f"series-{i}" for i in range(1, 7))])
def test_marks_and_borders_stand_out(name, dark):
    assert contrast(shades(name)[dark], shades("surface")[dark]) >= 3


@pytest.mark.parametrize("dark", [0, 1])
def test_the_main_button_can_be_read(dark):
    assert contrast(shades("on-accent")[dark], shades("accent")[dark]) >= 4.5


def test_vendored_files_are_those_of_the_lock():
    place = Path(__file__).parents[3] / "tools" / "vendor.py"
    spec = importlib.util.spec_from_file_location("vendor_tool", place)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    assert module.problems() == []


def test_our_own_files_name_no_other_place():
    for path in [*(HERE / "static").iterdir(), *HERE.rglob("*.html")]:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]+\.", text), path


def test_templates_have_no_inline_script_style_or_handler():
    for path in HERE.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?! src)", text), path


def test_an_asset_is_served_packed_and_kept_for_ever(client):
    answer = client.get(address("console.css"), headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert ".ranked" in answer.text
    plain = client.get("/static/console.css", headers={"accept-encoding": "identity"})
    assert plain.headers["cache-control"] == "no-cache"
    assert plain.content == asset("console.css").content


def test_every_component_is_in_the_gallery():
    names = {path.stem for path in (HERE / "components").glob("*.html")}
    pages = "".join(path.read_text() for path in HERE.rglob("*.html"))
    gallery = (HERE / "templates" / "patterns.html").read_text() + (
        HERE / "templates" / "shell.html"
    ).read_text()
    used_inside = pages
    assert {name for name in names if f"ui.{name}(" not in used_inside} == set()
    assert {n for n in names - {"icon", "nav_item"} if f"ui.{n}(" not in gallery} == set()
