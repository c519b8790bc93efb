from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from perdure.kernel.config import Settings, load_settings
from perdure.kernel.errors import ConfigError


class Gate(Settings):
    ceiling: float = Field(0.98, le=1)


class Demo(Settings):
    gate: Gate = Gate()
    cases: dict[str, dict[str, str]] = Field({})
    windows: tuple[int, ...] = (12,)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_later_layers_win_and_every_value_names_its_origin(tmp_path: Path) -> None:
    base = write(tmp_path, "base.yaml", "gate: {ceiling: 0.9}\ncases:\n  A: {market: x}\n")
    local = write(tmp_path, "local.yaml", "cases:\n  B: {market: y}\n")
    loaded = load_settings(Demo, "demo", [base, local], {"PERDURE__DEMO__WINDOWS": "[3, 6]"})
    assert loaded.value.cases == {"A": {"market": "x"}, "B": {"market": "y"}}
    assert loaded.value.windows == (3, 6)
    assert loaded.origins["gate", "ceiling"] == "base.yaml:1:17"
    assert loaded.origins["windows",] == "environment PERDURE__DEMO__WINDOWS"


def test_null_drops_an_inherited_key(tmp_path: Path) -> None:
    base = write(tmp_path, "base.yaml", "cases:\n  A: {market: x}\n")
    local = write(tmp_path, "local.yaml", "cases:\n  A: null\n  B: {market: y}\n")
    assert list(load_settings(Demo, "demo", [base, local], {}).value.cases) == ["B"]


def test_an_error_points_at_file_line_and_column(tmp_path: Path) -> None:
    base = write(tmp_path, "demo.yaml", "windows: [1]\ngate: {ceiling: 1.9}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(Demo, "demo", [base], {})
    text = str(caught.value)
    assert "demo.yaml:2:17  gate.ceiling:" in text
    assert text.splitlines()[-1].index("^") == 4 + 16


def test_a_mistyped_name_suggests_the_nearest(tmp_path: Path) -> None:
    base = write(tmp_path, "demo.yaml", "gate: {cieling: 0.9}\n")
    with pytest.raises(ConfigError, match="did you mean 'ceiling'"):
        load_settings(Demo, "demo", [base], {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("windows: [1\n", "not YAML"),
        ("- a\n", "must be 'name: value'"),
        ("gate: {ceiling: 0.5}\ngate: {ceiling: 0.6}\n", "stands twice"),
    ],
)
def test_broken_files_are_told_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load_settings(Demo, "demo", [write(tmp_path, "demo.yaml", text)], {})
    assert "demo.yaml:" in str(caught.value)


def test_environment_error_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="environment PERDURE__DEMO__GATE__CEILING"):
        load_settings(Demo, "demo", [], {"PERDURE__DEMO__GATE__CEILING": "7"})


TEN = "\n".join(
    ["a0: &a0 [x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12))]
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TEN.encode(), "more than 50,000 values"),
        (b"gate: &g {ceiling: *g}", "demo.yaml:1: settings of more than 50 levels"),
        (b"gate: " + b"[" * 5_000, "demo.yaml: settings of more than 50 levels"),
        (b"gate: {}\n\xff\xfe", "demo.yaml:2: not UTF-8 text"),
        (b"#" * ((1 << 20) + 1), "more than 1 MiB"),
        (b"gate: \x00", "not YAML"),
    ],
)
def test_a_file_beyond_the_bounds_is_one_clear_error(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = write(tmp_path, "demo.yaml", "")
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings(Demo, "demo", [path], {})
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["[", "gate: {ceiling: 1, ceiling: 2}"])
def test_an_environment_variable_that_is_no_yaml_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match="environment PERDURE__DEMO__GATE"):
        load_settings(Demo, "demo", [], {"PERDURE__DEMO__GATE": text})


def test_an_environment_variable_below_a_plain_value_replaces_it(tmp_path: Path) -> None:
    base = write(tmp_path, "demo.yaml", "gate: 7\n")
    variables = {"PERDURE__DEMO__GATE__CEILING": "0.5"}
    assert load_settings(Demo, "demo", [base], variables).value.gate.ceiling == 0.5
