"""Outcome models that never saw the row they speak about: cross-fitting by entity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import ContractError, NotEnoughData, UsageError
from perdure.methods.offpolicy.arrays import Floats, Ints, entity_codes, numbers, whole

Predict = Callable[[Floats], Floats]
"""States (n, d) to expected outcomes (n, K)."""

Fit = Callable[[Floats, Ints, Floats, int], Predict]
"""States (n, d), actions (n,), outcomes (n,) and K to a prediction."""

_FEWEST_FOLDS, _MOST_FOLDS = 2, 5


def cross_fitted(
    X: npt.ArrayLike, action: npt.ArrayLike, reward: npt.ArrayLike, *, actions: int, fit: Fit,
    entity: npt.ArrayLike | None = None, folds: int = 2, seed: int = 0,
) -> Floats:  # fmt: skip
    """q-hat (n, K): each row is predicted by a model fitted on the entities of other folds.

    Raises NotEnoughData when an action of the log would be unknown to a fold's model, and
    ContractError when ``fit`` gives something else than finite numbers (n, K).

    >>> from perdure.methods.offpolicy.ridge import RidgeByAction
    >>> X, a = np.zeros((8, 1)), np.array([0, 1] * 4)
    >>> cross_fitted(X, a, a, actions=2, fit=RidgeByAction())[0].tolist()
    [0.0, 1.0]
    """
    states = numbers("X", X, (-1, -1))
    taken = whole("action", action, (len(states),))
    outcome = numbers("reward", reward, (len(states),))
    if not actions >= 1 or taken.min(initial=0) < 0 or taken.max(initial=0) >= actions:
        raise ContractError("is no action", where="action", expected=f"0 to {actions - 1}")
    fold = fold_of(len(states), entity, folds=folds, seed=seed)
    found = np.empty((len(states), actions))
    for part in range(folds):
        rest, held = fold != part, fold == part
        _know_all(taken, rest)
        predict = fit(states[rest], taken[rest], outcome[rest], actions)
        found[held] = numbers("q", predict(states[held]), (int(held.sum()), actions))
    return found


def fold_of(n: int, entity: npt.ArrayLike | None = None, *, folds: int = 2, seed: int = 0) -> Ints:
    """The fold of each row, (n,): all rows of an entity are in one, folds differ by one entity.

    >>> fold_of(4, ["a", "a", "b", "b"]).tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    True
    """
    if not _FEWEST_FOLDS <= folds <= _MOST_FOLDS:
        raise UsageError(f"{folds} folds", expected=f"{_FEWEST_FOLDS} to {_MOST_FOLDS}")
    codes = np.arange(n) if entity is None else entity_codes(entity, n)
    units = int(codes.max(initial=-1)) + 1
    if units < folds:
        raise NotEnoughData(f"{units} entities cannot be put into {folds} folds")
    return np.asarray(np.random.default_rng(seed).permutation(units)[codes] % folds)


def _know_all(taken: Ints, rest: npt.NDArray[np.bool_]) -> None:
    unknown = np.setdiff1d(taken, taken[rest])
    if len(unknown):
        raise NotEnoughData(
            f"action {unknown[0]} is in one fold only, so no model can be fitted for it",
            hint="use fewer folds, or leave the action out of the target policy",
        )
