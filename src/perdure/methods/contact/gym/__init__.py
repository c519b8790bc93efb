"""The contact environment in the forms that reinforcement-learning libraries ask for.

``donor`` and ``donors`` need gymnasium, ``stable`` needs Stable-Baselines3: both come with the
extra ``rl``. ``episodes`` is what the three share and needs neither.
"""
