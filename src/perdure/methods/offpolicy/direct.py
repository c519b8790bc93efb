"""The direct method: the policy's value in the world of a model."""

from __future__ import annotations

from perdure.methods.offpolicy.estimate import ModelValue
from perdure.methods.offpolicy.log import BanditLog


def dm(log: BanditLog) -> ModelValue:
    r"""Mean of what the model expects of the policy's actions; a model's answer, without interval.

    .. math::

        \hat V_{DM} = \frac 1 n \sum_i \sum_a \pi(a | x_i) \, \hat q(x_i, a)

    Its error is the model's bias, which no spread of the predictions shows. Raises ContractError
    when the log has no model.

    >>> log = BanditLog([0, 1], [1.0, 0.0], [0.5, 0.5], [[1, 0], [0, 1]], [[.8, .4], [.6, .2]])
    >>> dm(log)
    ModelValue(method='dm', value=0.5, n=2)
    """
    expected, _ = log.modelled()
    return ModelValue("dm", float(expected.mean()), len(log))
