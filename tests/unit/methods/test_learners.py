"""Every learner: same form, same bits for a row whatever comes with it, effects that add up."""

import numpy as np
import pytest

from perdure.methods.blend import Blend
from perdure.methods.boosting import Boosting
from perdure.methods.logistic import Logistic

NAMES = ("claims", "share", "age", "specialty")
LEARNERS = {
    "logistic": lambda: Logistic(),
    "logistic-indicators": lambda: Logistic(C=1.0, indicators=True, label_rows=5),
    "boosting": lambda: Boosting(rounds=30, min_leaf=10),
    "boosting-bags": lambda: Boosting(rounds=20, bags=3, monotone={"claims": 1}),
    "blend": lambda: Blend((Logistic(), Boosting(rounds=20)), (2.0, 1.0)),
}


def rows(n: int = 3000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    claims = rng.lognormal(4, 2, n)
    share = rng.random(n)
    age = rng.normal(50, 10, n)
    specialty = rng.integers(0, 6, n).astype(float)
    z = 0.8 * np.log(claims) + 2 * share + np.where(specialty == 2, 1.5, 0) - 7
    y = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(float)
    age[rng.random(n) < 0.3] = np.nan
    specialty[rng.random(n) < 0.05] = np.nan
    return np.column_stack([claims, share, age, specialty]), y


def fitted(kind: str, seed: int = 0):
    X, y = rows()
    return LEARNERS[kind]().fit(X, y, names=NAMES, categorical=("specialty",), seed=seed)


@pytest.fixture(scope="module", params=sorted(LEARNERS))
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def model(kind):
    return fitted(kind)


def test_learns_what_is_there(model):
    X, y = rows(seed=1)
    score = model.raw(X)
    order = np.argsort(score)
    ranks = np.empty(len(y))
    ranks[order] = np.arange(len(y))
    positive = y == 1
    auc = (ranks[positive].mean() - (positive.sum() - 1) / 2) / (~positive).sum()
    assert auc > 0.8


def test_effects_and_base_add_up_to_raw(model):
    X, _ = rows(seed=2)
    effects, base = model.contributions(X)
    assert effects.shape == X.shape
    np.testing.assert_allclose(base + effects.sum(axis=1), model.raw(X), rtol=0, atol=1e-9)


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_a_row_scores_the_same_alone_and_in_company(model, size):
    X, _ = rows(seed=3)
    whole = model.raw(X)
    parts = np.concatenate([model.raw(X[i : i + size]) for i in range(0, 2000, size)])
    assert np.array_equal(parts[:2000], whole[: len(parts)][:2000])


def test_fitting_twice_gives_the_same_files(kind, model):
    assert fitted(kind).to_files() == model.to_files()


def test_files_hold_everything(model):
    X, _ = rows(seed=4)
    again = type(model).from_files(model.to_files())
    assert np.array_equal(again.raw(X), model.raw(X))
    assert np.array_equal(again.contributions(X)[0], model.contributions(X)[0])
    assert again.to_files() == model.to_files()


def test_hostile_numbers_give_finite_scores(model):
    hostile = np.array(
        [
            [np.nan, np.nan, np.nan, np.nan],
            [np.inf, -np.inf, 1e308, 99.0],
            [-1e308, 0.0, 5e-324, -3.0],
        ]
    )
    assert np.isfinite(model.raw(hostile)).all()
    assert ((model.predict(hostile) >= 0) & (model.predict(hostile) <= 1)).all()


def test_monotone_is_kept():
    model = fitted("boosting-bags")
    X = np.column_stack(
        [np.geomspace(1, 1e6, 200), np.full(200, 0.5), np.full(200, 50.0), np.full(200, 2.0)]
    )
    assert (np.diff(model.raw(X)) >= 0).all()


def test_another_seed_gives_another_boosting():
    assert fitted("boosting", seed=1).to_files() != fitted("boosting").to_files()


def test_logistic_reads_as_one_slope_a_number():
    X, y = rows()
    model = Logistic().fit(X, y, names=NAMES, categorical=("specialty",))
    claims, share, _, specialty = model.effects
    assert claims.slope > 0
    assert share.slope > 0
    assert max(specialty.effects) == specialty.effects[2]


def test_logistic_agrees_with_scikit_learn_on_plain_numbers():
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    X, y = rows()
    X = X[:, :2]
    shown = StandardScaler().fit_transform(np.log1p(X))
    wanted = LogisticRegression(C=0.1, solver="newton-cg", max_iter=2000, tol=1e-12).fit(shown, y)
    model = Logistic().fit(X, y, names=NAMES[:2])
    np.testing.assert_allclose(model.raw(X), wanted.decision_function(shown), atol=1e-8)


def test_rare_labels_count_as_missing():
    codes = np.array([0.0] * 50 + [1.0] * 50 + [2.0] * 3)
    y = np.array(([1.0] * 10 + [0.0] * 40) + ([1.0] * 30 + [0.0] * 20) + [1.0] * 3)
    model = Logistic(C=1.0, label_rows=20).fit(codes[:, None], y, names=("s",), categorical=("s",))
    effect = model.effects[0]
    assert effect.effects[2] == effect.missing
    assert effect.effects[1] > effect.effects[0]


def test_a_column_of_nothing_is_harmless():
    X, y = rows()
    X = np.column_stack([X[:, 0], np.full(len(X), np.nan)])
    for learner in (Logistic(indicators=True), Boosting(rounds=5)):
        assert np.isfinite(learner.fit(X, y, names=("a", "b")).raw(X)).all()
