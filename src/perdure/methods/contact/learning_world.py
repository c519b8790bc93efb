"""What the log says about the world: effects, opt-outs and level, with the prior as a start."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from perdure.methods.contact.actions import ACTIONS, NONE, Floats
from perdure.methods.contact.environment import Happened, Situation
from perdure.methods.contact.world import ContactWorld
from perdure.methods.contact.worlds import Spread

_NEWTON = 8


@dataclass(frozen=True, slots=True)
class Doubt:
    """How far the world may be from the prior: standard deviations on the log scale.

    ``level`` of everybody's log odds, ``effect`` of a log odds ratio relative to its own size,
    ``opt_out`` of the rate of opting out.
    """

    level: float = 0.5
    effect: float = 0.5
    opt_out: float = 0.6


@dataclass
class WorldLog:
    """Outcomes of contacts and of months without one, and the world that explains them.

    Donations: logistic regression on the prior's base rate with a free level and one effect an
    action, Gaussian priors around the prior world (maximum a posteriori by Newton's method).
    Opt-outs: the prior's rates times one factor with a Gamma prior. ``told`` keeps sums by month,
    so what is kept does not grow with the donors when rows are many: base log odds in 64 bins.
    """

    prior: ContactWorld
    doubt: Doubt = field(default_factory=Doubt)
    _trials: Floats = field(init=False)
    _donated: Floats = field(init=False)
    _left: float = field(init=False, default=0.0)
    _expected: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        shape = (len(_BINS) + 1, len(ACTIONS), self.prior.lift().shape[1])
        self._trials, self._donated = np.zeros(shape), np.zeros(shape)

    def told(self, seen: Situation, happened: Happened, levels: Floats | None = None) -> None:
        """One month of outcomes.

        ``levels`` (n, 6): the chance of each level of fatigue where only the history is known;
        a row then counts at every level by its chance.
        """
        shape, size = self._trials.shape, self._trials.size
        tired = np.eye(shape[2])[seen.fatigue] if levels is None else levels
        odds = self.prior.base_log_odds(seen.recency, seen.donations, seen.months)
        first = np.searchsorted(_BINS, odds) * shape[1] + happened.actions
        flat = first[:, None] * shape[2] + np.arange(shape[2])
        open_to = self.prior.eligible(seen.recency)[:, None] * tired
        self._trials += np.bincount(flat.ravel(), open_to.ravel(), size).reshape(shape)
        gave = open_to * happened.donated[:, None]
        self._donated += np.bincount(flat.ravel(), gave.ravel(), size).reshape(shape)
        rates = (tired * self.prior.leaving()[:, :, 1][happened.actions]).sum(axis=1)
        contacted = happened.actions != NONE
        self._left += float(happened.left[contacted].sum())
        self._expected += float(rates[contacted].sum())

    def estimate(self) -> tuple[Floats, Floats]:
        """Level and effects, (4,), with their posterior standard deviations."""
        centre, spread = self._prior()
        theta = centre.copy()
        X, trials, gave = self._design()
        base = np.broadcast_to(_MIDDLES[:, None, None], self._trials.shape).ravel()
        for _ in range(_NEWTON):
            chance = 1 / (1 + np.exp(-(base + X @ theta)))
            slope = X.T @ (gave - trials * chance) - (theta - centre) / spread**2
            curve = (X * (trials * chance * (1 - chance))[:, None]).T @ X + np.diag(1 / spread**2)
            theta = theta + np.linalg.solve(curve, slope)
        return theta, np.sqrt(np.diag(np.linalg.inv(curve)))

    def world(self, caution: float = 0.0) -> ContactWorld:
        """The world that the log and the prior give.

        ``caution``: by how many posterior standard deviations effects are taken smaller and
        opt-outs larger; with much data it changes nothing.
        """
        theta, doubt = self.estimate()
        effect = np.maximum(theta[1:] - caution * doubt[1:], 0.0)
        shape = 1 / self.doubt.opt_out**2
        factor = (shape + self._left) / (shape + self._expected)
        factor *= np.exp(caution / np.sqrt(shape + self._left))
        return replace(
            self.prior,
            shift=self.prior.shift + float(theta[0]),
            effect=(0.0, *(float(e) for e in effect)),
            opt_out=tuple(float(rate * factor) for rate in self.prior.opt_out),
        )

    def spread(self) -> Spread:
        """How far the truth may still lie from :meth:`world`."""
        _, doubt = self.estimate()
        wide = 1.96 / np.sqrt(1 / self.doubt.opt_out**2 + self._left)
        return Spread(
            effect=(0.0, *(float(sd) for sd in doubt[1:])),
            opt_out=(float(np.exp(-wide)), float(np.exp(wide))),
            hazard=(1.0,),
        )

    def _prior(self) -> tuple[Floats, Floats]:
        effect = np.asarray(self.prior.effect)[1:]
        spread = np.maximum(np.abs(effect) * self.doubt.effect, 1e-3)
        return np.append(0.0, effect), np.append(self.doubt.level, spread)

    def _design(self) -> tuple[Floats, Floats, Floats]:
        faded = np.exp(-self.prior.fading * np.arange(self._trials.shape[2]))
        X = np.zeros((*self._trials.shape, len(ACTIONS)))
        X[..., 0] = 1
        for action in range(1, len(ACTIONS)):
            X[:, action, :, action] = faded
        flat: Floats = X.reshape(-1, len(ACTIONS))
        return flat, self._trials.ravel(), self._donated.ravel()


_BINS: Floats = np.linspace(-9.0, 3.0, 97)
_MIDDLES: Floats = np.append(_BINS - (_BINS[1] - _BINS[0]) / 2, _BINS[-1])
