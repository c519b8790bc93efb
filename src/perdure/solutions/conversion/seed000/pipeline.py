"""Seed 000's training as its configuration describes it, without its leaks.

Encoding and selection are fitted on the training rows only, and the target is never among the
columns to select from (both went wrong in the original). XGBoost's parameters are handed to
LightGBM under its own names: the reported accuracy comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import NotEnoughData
from perdure.solutions.conversion.seed000.conf import FeatureConf, TrainingConf
from perdure.solutions.conversion.seed000.table import FlatTable

Floats = npt.NDArray[np.float64]

_AS_LIGHTGBM = {
    "colsample_bytree": "feature_fraction",
    "subsample": "bagging_fraction",
    "gamma": "min_gain_to_split",
    "reg_alpha": "lambda_l1",
    "reg_lambda": "lambda_l2",
    "max_depth": "max_depth",
    "learning_rate": "learning_rate",
    "min_child_weight": "min_sum_hessian_in_leaf",
}
_XGBOOST_DEFAULTS: dict[str, Any] = {
    "learning_rate": 0.3,
    "lambda_l2": 1.0,
    "min_sum_hessian_in_leaf": 1.0,
    "max_depth": 6,
}
_ROUNDS = 100


@dataclass(frozen=True)
class Split:
    """One random split: what the model said about its validation rows, and on its own rows."""

    y: Floats
    probability: Floats
    training_accuracy: float


def matrix(table: FlatTable, conf: FeatureConf) -> tuple[Floats, Floats]:
    """All inputs (one-hot encoded where the configuration says so) and the target, 0 or 1."""
    told = conf.feature_transformation
    target = table.column(told.target_col)
    left_out = {target, *table.columns(told.id_col_list), *table.columns(told.drop_column_list)}
    encoded = [c for c in table.columns(told.one_hot_encode_feature_list) if c not in left_out]
    kept = [name for name in table.frame.columns if name not in left_out]
    numbers = [name for name in kept if name in encoded or name in table.numeric()]
    X = table.frame.select(numbers).to_dummies(encoded).to_numpy().astype(np.float64)
    y = table.frame[target].to_numpy().astype(np.float64)
    if not 0 < y.sum() < len(y):
        raise NotEnoughData("the target has one value only", where=table.source)
    return X, y


def one_split(
    X: Floats, y: Floats, features: FeatureConf, training: TrainingConf, seed: int
) -> Split:
    """Hold rows back as the configuration says, select and train on the rest, ask the second part.

    The first part (``inference_size``) is set aside and never used, as in the original.
    """
    told = training.train_model_parameters
    order = np.random.default_rng(seed).permutation(len(y))
    rest = order[round(told.inference_size * len(y)) :]
    cut = round(told.val_size * len(rest))
    asked, learnt = rest[:cut], rest[cut:]
    chosen = _selected(X[learnt], y[learnt], features)
    model = _fitted(X[np.ix_(learnt, chosen)], y[learnt], told.model_params, seed)
    return Split(
        y=y[asked],
        probability=np.asarray(model.predict(X[np.ix_(asked, chosen)])),
        training_accuracy=accuracy(y[learnt], model.predict(X[np.ix_(learnt, chosen)])),
    )


def accuracy(y: Floats, probability: Floats) -> float:
    """The share of rows on the right side of one half.

    >>> accuracy(np.array([1.0, 0.0]), np.array([0.7, 0.6]))
    0.5
    """
    return float(np.mean((probability > 0.5) == (y > 0.5)))


def f1(y: Floats, probability: Floats) -> float:
    """Harmonic mean of precision and recall at one half.

    >>> f1(np.array([1.0, 0.0]), np.array([0.7, 0.6])).__round__(3)
    0.667
    """
    said, true = probability > 0.5, y > 0.5
    both = float(np.sum(said & true))
    return 2 * both / max(float(said.sum() + true.sum()), 1.0)


def _selected(X: Floats, y: Floats, conf: FeatureConf) -> npt.NDArray[np.int64]:
    """Columns that vary enough, of these the ones whose means differ most between the outcomes."""
    from sklearn.feature_selection import SelectKBest, f_classif

    values = conf.param_values
    varied = np.flatnonzero(X.var(axis=0) > values.variance_threshold_value)
    wanted = min(values.select_k_best_feature_num, len(varied))
    picked = SelectKBest(f_classif, k=wanted).fit(X[:, varied], y).get_support()
    return np.asarray(varied[picked], np.int64)


def _fitted(
    X: Floats, y: Floats, params: Mapping[str, float | int | str | bool | None], seed: int
) -> Any:
    import lightgbm as lgb

    told = _XGBOOST_DEFAULTS | {
        _AS_LIGHTGBM[name]: value for name, value in params.items() if name in _AS_LIGHTGBM
    }
    told |= {
        "objective": "binary",
        "num_leaves": 2 ** int(told["max_depth"]) - 1,
        "min_data_in_leaf": 1,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    rounds = int(params.get("n_estimators") or _ROUNDS)
    return lgb.train(told, lgb.Dataset(X, y, params=told), rounds)
