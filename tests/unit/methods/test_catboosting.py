"""Symmetric trees: learn, explain, and come back from their files to the last bit."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from perdure.kernel.errors import MissingExtra
from perdure.methods.catboosting import CatBoosting

HERE = importlib.util.find_spec("catboost") is not None


@pytest.mark.skipif(HERE, reason="the extra is installed")
def test_without_the_extra_the_command_that_installs_it_is_named() -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'perdure\[catboost\]'"):
        CatBoosting().fit(np.zeros((2, 1)), np.array([0.0, 1.0]), names=["a"])


@pytest.mark.extra
@pytest.mark.skipif(not HERE, reason="LOUD: the extra 'catboost' is not installed")
def test_learns_explains_and_comes_back_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3_000, 5))
    X[rng.random(X.shape) < 0.1] = np.nan
    y = (rng.random(3_000) < 1 / (1 + np.exp(-2 * np.nan_to_num(X[:, 0])))).astype(float)
    made = CatBoosting().fit(X, y, names=list("abcde"))
    raw = made.raw(X)
    assert np.mean(raw[y == 1]) > np.mean(raw[y == 0]) + 1
    effects, base = made.contributions(X)
    assert np.allclose(effects.sum(axis=1) + base, raw, atol=1e-6)
    assert np.abs(effects[:, 0]).mean() > 5 * np.abs(effects[:, 1:]).mean()
    back = CatBoosting.from_files(made.to_files())
    assert np.array_equal(back.raw(X), raw)
    assert np.array_equal(back.raw(X[:1]), raw[:1])
    assert back.raw(X[:0]).shape == (0,)
