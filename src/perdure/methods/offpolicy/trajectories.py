"""A log of sequences of decisions beside the policy that is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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
from perdure.methods.offpolicy.support import Support, effective_sample_size, mean_weight


@dataclass(frozen=True)
class TrajectoryLog:
    """n sequences of at most H decisions among K actions.

    ``action``, ``reward``, ``propensity`` (n, H) as in :class:`BanditLog`; ``target`` (n, H, K),
    or (n, H) for the taken actions alone; ``alive`` (n, H): whether the decision was made (None:
    all). A sequence that has ended stays ended; what the arrays hold there is not read. ``q``
    (n, H, K): expected discounted sum of rewards from that step on under the target policy;
    ``entity`` (n,): sequences of one entity are not independent; ``discount`` in (0, 1].

    >>> log = TrajectoryLog([[0, 1]], [[1.0, 1.0]], [[0.5, 0.5]], [[1.0, 0.5]])
    >>> log.weights.tolist()
    [[2.0, 2.0]]
    """

    action: npt.ArrayLike
    reward: npt.ArrayLike
    propensity: npt.ArrayLike
    target: npt.ArrayLike
    alive: npt.ArrayLike | None = None
    q: npt.ArrayLike | None = None
    entity: npt.ArrayLike | None = None
    discount: float = 1.0

    def __post_init__(self) -> None:
        _ = self.made, self.taken, self.rewards, self.probabilities, self.policy
        _ = self.model, self.codes
        if not 0 < self.discount <= 1:
            raise ContractError(f"is {self.discount}", where="discount", expected="in (0, 1]")

    def __len__(self) -> int:
        return len(self.taken)

    @property
    def horizon(self) -> int:
        """H."""
        return int(self.taken.shape[1])

    @cached_property
    def made(self) -> Bools:
        """Which decisions were made, (n, H); an ended sequence stays ended."""
        shape = np.shape(self.action)
        if len(shape) != 2 or not all(shape):
            raise ContractError(f"has the shape {shape}", where="action", expected="(n, H)")
        if self.alive is None:
            return np.ones(shape, dtype=np.bool_)
        found = flags("alive", self.alive, shape)
        refuse(~found[:, :1], "alive", "the sequence holds no decision", "one decision at least")
        again = np.zeros(shape, dtype=np.bool_)
        again[:, 1:] = found[:, 1:] & ~found[:, :-1]
        refuse(again, "alive", "the sequence had ended before", "no decision after the end")
        return found

    @cached_property
    def taken(self) -> Ints:
        """The actions, (n, H); 0 after the end."""
        found = np.where(self.made, whole("action", self.action, self.made.shape), 0)
        refuse(found < 0, "action", "is no action", "0 or more")
        return found

    @cached_property
    def rewards(self) -> Floats:
        """The rewards, (n, H); 0 after the end."""
        return numbers("reward", self._until_end(self.reward, 0.0), self.made.shape)

    @cached_property
    def probabilities(self) -> Floats:
        """The log's probability of each taken action, (n, H); 1 after the end."""
        return propensities(self._until_end(self.propensity, 1.0), self.made.shape)

    @cached_property
    def policy(self) -> Floats:
        """The target policy's probabilities, (n, H, K) or (n, H)."""
        n, H = self.made.shape
        wide = np.ndim(self.target) == 3
        filled = self._until_end(self.target, 1.0 / np.shape(self.target)[2] if wide else 1.0)
        found = distributions("target", filled, (n, H, -1), (n, H))
        if wide:
            told = f"0 to {found.shape[2] - 1}"
            refuse(self.taken >= found.shape[2], "action", "is no action of the target", told)
        return found

    @cached_property
    def model(self) -> Floats | None:
        """The action values, (n, H, K); 0 after the end."""
        if self.q is None:
            return None
        n, H = self.made.shape
        return numbers("q", self._until_end(self.q, 0.0), (n, H, -1))

    @cached_property
    def codes(self) -> Ints | None:
        """The number of each sequence's entity."""
        return None if self.entity is None else entity_codes(self.entity, len(self))

    @cached_property
    def weights(self) -> Floats:
        """``w_it = prod_{s <= t} pi(a_is|x_is) / pi_b(a_is|x_is)``, (n, H); kept after the end."""
        target = self.policy if self.policy.ndim == 2 else self.of_taken(self.policy)
        ratios = np.where(self.made, target / self.probabilities, 1.0)
        return np.asarray(np.cumprod(ratios, axis=1), np.float64)

    @cached_property
    def discounts(self) -> Floats:
        """``discount^t``, (H,)."""
        return np.asarray(self.discount ** np.arange(self.horizon, dtype=np.float64))

    def of_taken(self, cube: Floats) -> Floats:
        """The values (n, H) of the taken actions out of (n, H, K)."""
        return np.take_along_axis(cube, self.taken[:, :, None], axis=2)[:, :, 0]

    def ess_by_step(self) -> tuple[float, ...]:
        """The effective number of sequences at each step."""
        return tuple(map(float, effective_sample_size(self.weights)))

    def support(self) -> Support:
        """The support of the whole sequence: its effective size is the least of all steps."""
        units = len(self) if self.codes is None else int(self.codes.max()) + 1
        mean, se = mean_weight(self.weights[:, -1])
        return Support(
            len(self), units, min(self.ess_by_step()), float(self.weights.max()),
            min(mean, 1.0), overlap_known=False, mean_weight=mean, mean_weight_se=se,
        )  # fmt: skip

    def _until_end(self, values: npt.ArrayLike, after: float) -> npt.ArrayLike:
        found = np.asarray(values)
        if found.shape[:2] != self.made.shape or found.dtype.kind not in "iufb":
            return found  # the shape or kind is refused by the caller, by its own name
        made = self.made if found.ndim == 2 else self.made[:, :, None]
        return np.where(made, found, after)
