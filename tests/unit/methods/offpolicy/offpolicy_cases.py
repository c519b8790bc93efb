"""Logs for the tests of off-policy evaluation: small ones counted by hand, and drawn ones."""

import itertools

import numpy as np
from hypothesis import strategies as st

from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.trajectories import TrajectoryLog


def by_hand(**changed):
    """Four decisions among two actions; weights 1.6, 0.5, 0.4 and 2."""
    given = {
        "action": [0, 1, 0, 1],
        "reward": [1.0, 0.0, 0.0, 1.0],
        "propensity": [0.5, 0.4, 0.5, 0.25],
        "target": [[0.8, 0.2], [0.8, 0.2], [0.2, 0.8], [0.5, 0.5]],
        "q": [[0.5, 0.25], [0.5, 0.25], [0.25, 0.5], [0.5, 0.5]],
    }
    return BanditLog(**(given | changed))


@st.composite
def logs(draw, model=True, entity=False):
    """Any right log of 2 to 40 decisions among 2 to 4 actions."""
    n, actions = draw(st.integers(2, 40)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    logging = rng.dirichlet(np.full(actions, 2.0), n) * 0.9 + 0.1 / actions
    taken = (rng.random((n, 1)) > logging.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return BanditLog(
        taken,
        rng.normal(size=n),
        logging[np.arange(n), taken],
        rng.dirichlet(np.ones(actions), n),
        rng.normal(size=(n, actions)) if model else None,
        logging=logging,
        entity=rng.integers(0, max(2, n // 3), n) if entity else None,
    )


# Two steps, two states, two actions: reward[state][action]; the action leads to the next state.
REWARD = np.array([[1.0, 0.0], [2.0, 4.0]])
TARGET = np.array([[0.25, 0.75], [0.5, 0.5]])
LOGGING = 0.5
DISCOUNT = 0.5
# State 0 first, action a leads to state a:
# .25 * 1 + .5 * (.25 * (.25 * 1) + .75 * (.5 * 2 + .5 * 4))
TRUE_VALUE = 0.25 + 0.5 * (0.25 * 0.25 + 0.75 * 3.0)
# q_1(s, a) = reward; q_0(0, a) = reward + .5 * v_1(a) with v_1 = (.25, 3)
TRUE_Q0 = np.array([1.0 + 0.5 * 0.25, 0.0 + 0.5 * 3.0])


def every_path(q=None, repeats=1):
    """All four paths once each, which is what a log at one half each is in expectation."""
    paths = np.array(list(itertools.product([0, 1], repeat=2)) * repeats)
    states = np.column_stack([np.zeros(len(paths), dtype=int), paths[:, 0]])
    reward = REWARD[states, paths]
    one_hot = np.eye(2)[states]
    log = TrajectoryLog(
        paths,
        reward,
        np.full(paths.shape, LOGGING),
        TARGET[states],
        q=q,
        discount=DISCOUNT,
    )
    return log, one_hot
