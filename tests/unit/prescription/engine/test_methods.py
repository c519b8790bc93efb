"""Each method against its formula, computed the slow and plain way."""

import math

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from perdure.methods.recommend.brand_choice import BrandChoice
from perdure.methods.recommend.completion import columns_of, fit_ease, fit_ridge
from perdure.methods.recommend.context_keys import mixed, positions, set_keys
from perdure.methods.recommend.membership import Membership
from perdure.methods.recommend.naive_bayes import SMOOTHING, NaiveBayes
from perdure.methods.recommend.recency_frequency import (
    ActiveContexts,
    RecencyFrequency,
    age_weights,
)

ITEMS, CONTEXTS = 5, 4
sets = st.lists(st.sets(st.integers(0, ITEMS - 1), max_size=ITEMS), min_size=1, max_size=8)


@given(sets, st.randoms(use_true_random=False))
def test_membership_is_the_sets(rows, chance):
    made = Membership.of(rows, ITEMS)
    held = [
        set(made.indices[made.indptr[i] : made.indptr[i + 1]].tolist()) for i in range(len(made))
    ]
    assert held == rows
    pairs = [(i, item) for i, row in enumerate(rows) for item in row] * 2
    chance.shuffle(pairs)
    who, what = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    again = Membership.pairs(who, what, len(rows), ITEMS)
    assert (again.indptr == made.indptr).all()
    assert (again.indices == made.indices).all()
    order = [chance.randrange(len(rows)) for _ in range(4)]
    taken = made.take(np.array(order))
    assert taken.matrix().toarray().tolist() == made.matrix().toarray()[order].tolist()


@given(sets)
def test_mapped_leaves_out_what_has_no_target(rows):
    to = np.array([1, -1, 0, 0, -1])
    made = Membership.of(rows, ITEMS).mapped(to, 2)
    wanted = [{int(to[i]) for i in row if to[i] >= 0} for row in rows]
    assert (made.matrix().toarray() == Membership.of(wanted, 2).matrix().toarray()).all()


@given(sets)
def test_the_key_of_a_set_is_that_of_its_items_in_any_order(rows):
    keys = set_keys(Membership.of(rows, ITEMS))
    by_set = {frozenset(row): key for row, key in zip(rows, keys.tolist(), strict=True)}
    assert len(set(by_set.values())) == len(by_set)
    turned = set_keys(Membership.of(rows[::-1], ITEMS))
    assert turned[::-1].tolist() == keys.tolist()


def test_keys_differ_by_value_place_and_kind():
    a, b = np.meshgrid(np.arange(60), np.arange(60))
    assert len(np.unique(mixed(a.ravel(), b.ravel()))) == 3600
    known = np.unique(mixed(np.arange(9)))
    assert (known[positions(mixed(np.arange(9)), known)] == mixed(np.arange(9))).all()
    assert positions(mixed(np.array([77])), known).tolist() == [-1]
    assert positions(mixed(np.array([77])), known[:0]).tolist() == [-1]


@st.composite
def counted(draw):
    n = draw(st.integers(1, 7))
    stands = [draw(st.sets(st.integers(0, CONTEXTS - 1))) for _ in range(n)]
    entered = [draw(st.sets(st.integers(0, ITEMS - 1))) for _ in range(n)]
    ages = [draw(st.integers(0, 60)) for _ in range(n)]
    return stands, entered, ages


@settings(max_examples=60)
@given(counted())
def test_recency_frequency_is_its_definition(case):
    stands, entered, ages = case
    weights = age_weights(np.array(ages, dtype=np.float32), 24)
    made = RecencyFrequency.fit(
        Membership.of(stands, CONTEXTS).matrix(), Membership.of(entered, ITEMS).matrix(), weights
    )
    context = np.arange(CONTEXTS)
    shares, evidence = made.scores(
        ActiveContexts(np.zeros(CONTEXTS, int), context, context), 1, CONTEXTS
    )
    for c in range(CONTEXTS):
        here = [i for i in range(len(ages)) if c in stands[i]]
        whole = sum(0.5 ** (ages[i] / 24) for i in here)
        assert evidence[0, c] == pytest.approx(whole, rel=1e-5)
        for item in range(ITEMS):
            part = sum(0.5 ** (ages[i] / 24) for i in here if item in entered[i])
            assert shares[0, c, item] == pytest.approx(part / whole if whole else 0, abs=1e-5)


def drawn(seed, n=60):
    rng = np.random.default_rng(seed)
    X = (rng.random((n, 6)) < 0.4).astype(np.float32)
    Y = (rng.random((n, ITEMS)) < 0.3).astype(np.float32)
    return X, Y, rng.random(n).astype(np.float32)


def test_ridge_is_the_dense_formula():
    X, Y, w = drawn(0)
    usable = np.array([0, 2, 3, 5])
    made = fit_ridge(sp.csr_matrix(X), sp.csr_matrix(Y), w, usable=usable, penalty=7.0)
    U, D = X[:, usable], np.diag(w)
    W = np.linalg.inv(U.T @ D @ U + 7 * np.eye(4)) @ U.T @ D @ Y
    row, context = np.nonzero(X)
    assert np.allclose(made.scores(row, context, len(X)), U @ W, atol=1e-4)
    assert dict(made.parts(np.array([0, 1, 2]), 1))[2] == pytest.approx(W[1, 1], abs=1e-4)


def test_items_seen_too_seldom_score_nothing():
    X, Y, w = drawn(1)
    Y[:, 2] = 0
    Y[0, 2] = 1
    made = fit_ridge(sp.csr_matrix(X), sp.csr_matrix(Y), w, usable=np.arange(6), fewest=2)
    assert 2 not in made.items.tolist()


def test_ease_is_the_dense_formula():
    X, _, w = drawn(2)
    found = fit_ease(sp.csr_matrix(X), w, usable=np.arange(6), penalty=4.0)
    P = np.linalg.inv(X.T @ np.diag(w) @ X + 4 * np.eye(6))
    wanted = -P / np.diag(P)[None, :]
    np.fill_diagonal(wanted, 0)
    assert np.allclose(found, wanted, atol=1e-4)
    part = columns_of(found, np.arange(6), 6, np.array([3, -1, 5]))
    row, context = np.nonzero(X)
    scores = part.scores(row, context, len(X))
    assert np.allclose(scores[:, [0, 2]], X @ wanted[:, [3, 5]], atol=1e-4)
    assert not scores[:, 1].any()


def test_naive_bayes_is_the_formula():
    rng = np.random.default_rng(4)
    said = [set(rng.choice(6, 2).tolist()) for _ in range(30)]
    entered = [set(rng.choice(4, 2).tolist()) for _ in range(30)]
    w = rng.random(30).astype(np.float32)
    made = NaiveBayes.fit(Membership.of(said, 6), Membership.of(entered, 4).matrix(), w)
    asked = {1, 4}
    logs = []
    for item in range(4):
        of = [i for i in range(30) if item in entered[i]]
        total = sum(w[i] * len(said[i]) for i in of) + SMOOTHING * 6
        log = math.log((sum(w[i] for i in of) + 0.5) / w.sum())
        for word in asked:
            log += math.log((sum(w[i] for i in of if word in said[i]) + SMOOTHING) / total)
        logs.append(log)
    odds = np.exp(np.array(logs) - max(logs))
    assert np.allclose(made.scores(Membership.of([asked], 6))[0], odds / odds.sum(), atol=1e-5)


def test_brand_choice_by_hand():
    # Brands 0 and 1 hold one molecule; specialty 0 wrote 0 three times and 1 once, the other 1.
    brands = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 1, 0]])
    made = BrandChoice.fit(
        sp.csr_matrix(brands.astype(np.float32)), np.array([0, 0, 1]),
        np.array([0, 0, 0, 0, 1, 1]), 2, np.ones(6, dtype=np.float32),
    )  # fmt: skip
    assert made.share.tolist() == [0.5, 0.5, 1.0]
    # (3 + 10 * .5) / (4 + 10), (0 + 10 * .5) / (2 + 10)
    assert made.of(np.array([0, 1]))[:, 0] == pytest.approx([8 / 14, 5 / 12])
    own = np.array([[0, 2, 0]], dtype=np.float32)
    chosen = made.given_molecule(np.array([0]), own)[0]
    assert chosen == pytest.approx([(0 + 8 / 14) / 3, (2 + 6 / 14) / 3, 1.0])
    assert made.given_molecule(np.array([-1]), own * 0)[0] == pytest.approx([0.5, 0.5, 1.0])
