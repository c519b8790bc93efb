"""Contact policies that learn by trial in the simulator, with the libraries of the extras.

``train_ppo``, ``train_maskable_ppo`` and ``train_dqn`` need the extra ``rl``, ``train_rllib_ppo``
needs ``rllib``; without it each raises ``MissingExtra``. What they give back needs neither.
"""

from perdure.methods.contact.learning.dqn import train_dqn
from perdure.methods.contact.learning.ppo import train_maskable_ppo, train_ppo
from perdure.methods.contact.learning.rllib import train_rllib_ppo

__all__ = ["train_dqn", "train_maskable_ppo", "train_ppo", "train_rllib_ppo"]
