"""A log of single decisions beside the policy that is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import ContractError
from perdure.methods.offpolicy.arrays import (
    Bools,
    Floats,
    Ints,
    distributions,
    entity_codes,
    flags,
    numbers,
    propensities,
    refuse,
    whole,
)


@dataclass(frozen=True)
class BanditLog:
    """n decisions among K actions: what was done, how probably, what came of it.

    ``action`` (n,) whole numbers 0..K-1; ``reward`` (n,); ``propensity`` (n,): probability with
    which the log took its action, above 0 and at most 1; ``target`` (n, K): probabilities of the
    policy that is asked about, or (n,): that of the taken action alone (enough for weighting);
    ``q`` (n, K): expected reward of each action by a model that has not seen the row; ``eligible``
    (n, K): what was allowed; ``logging`` (n, K): all probabilities of the log, which makes the
    overlap known instead of estimated; ``entity`` (n,): rows of one entity are not independent.

    Raises ContractError that names the first wrong place.

    >>> log = BanditLog([0, 1], [1.0, 0.0], [0.5, 0.25], [[1, 0], [0, 1]])
    >>> log.weights.tolist()
    [2.0, 4.0]
    >>> BanditLog([0], [1.0], [0.0], [1.0])
    Traceback (most recent call last):
    perdure.kernel.errors.ContractError: propensity[0]: is no probability of what was done ...
    """

    action: npt.ArrayLike
    reward: npt.ArrayLike
    propensity: npt.ArrayLike
    target: npt.ArrayLike
    q: npt.ArrayLike | None = None
    eligible: npt.ArrayLike | None = None
    logging: npt.ArrayLike | None = None
    entity: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        # Everything is read once here, so a log that exists is a log that is right.
        _ = self.taken, self.rewards, self.probabilities, self.target_taken
        _ = self.model, self.allowed, self.logged, self.codes

    def __len__(self) -> int:
        return len(self.taken)

    @cached_property
    def taken(self) -> Ints:
        """The actions of the log, (n,)."""
        found = whole("action", self.action, (-1,))
        if not len(found):
            raise ContractError("the log holds no decision", where="action", expected="some rows")
        refuse(found < 0, "action", "is no action", "0 or more")
        return found

    @cached_property
    def rewards(self) -> Floats:
        """What came of each decision, (n,)."""
        return numbers("reward", self.reward, (len(self),))

    @cached_property
    def probabilities(self) -> Floats:
        """The probability with which each action was taken, (n,)."""
        return propensities(self.propensity, (len(self),))

    @cached_property
    def policy(self) -> Floats:
        """The probabilities of the target policy, (n, K) or (n,)."""
        return distributions("target", self.target, (len(self), -1), (len(self),))

    @cached_property
    def target_taken(self) -> Floats:
        """The target policy's probability of the action that was taken, (n,)."""
        return self.policy if self.policy.ndim == 1 else self._of_taken(self.policy)

    @cached_property
    def weights(self) -> Floats:
        """``w_i = pi(a_i | x_i) / pi_b(a_i | x_i)``, (n,)."""
        return self.target_taken / self.probabilities

    @cached_property
    def model(self) -> Floats | None:
        """The outcome model, (n, K)."""
        return None if self.q is None else numbers("q", self.q, self._wide())

    @cached_property
    def allowed(self) -> Bools | None:
        """What was eligible, (n, K)."""
        if self.eligible is None:
            return None
        found = flags("eligible", self.eligible, self._wide())
        taken = self._of_taken(found)
        refuse(~taken, "action", "was taken although it was not eligible", "an eligible action")
        return found

    @cached_property
    def logged(self) -> Floats | None:
        """All probabilities of the log, (n, K)."""
        if self.logging is None:
            return None
        found = distributions("logging", self.logging, self._wide())
        wrong = np.abs(self._of_taken(found) - self.probabilities) > 1e-9
        refuse(
            wrong, "logging", "is not the propensity of the taken action", "the same value twice"
        )
        return found

    @cached_property
    def codes(self) -> Ints | None:
        """The number of each row's entity, (n,); None when every row stands for itself."""
        return None if self.entity is None else entity_codes(self.entity, len(self))

    def modelled(self) -> tuple[Floats, Floats]:
        """``sum_a pi(a|x) q(x, a)`` and ``q(x, a_i)``, (n,) each; ContractError without a model."""
        if self.model is None or self.policy.ndim == 1:
            missing = "q" if self.model is None else "target"
            raise ContractError(
                "is needed for every action", where=missing, expected="a matrix (n, actions)",
                hint="fit q with outcome.cross_fitted" if missing == "q" else None,
            )  # fmt: skip
        return (self.policy * self.model).sum(axis=1), self._of_taken(self.model)

    def _wide(self) -> tuple[int, int]:
        return len(self), self.policy.shape[1] if self.policy.ndim == 2 else -1

    def _of_taken(self, matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
        told = f"0 to {matrix.shape[1] - 1}"
        refuse(self.taken >= matrix.shape[1], "action", "has no column in a matrix", told)
        return matrix[np.arange(len(self)), self.taken]
