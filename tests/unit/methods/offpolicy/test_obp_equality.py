"""The same numbers as the Open Bandit Pipeline, to the last digits, where it is installed."""

import numpy as np
import pytest
from offpolicy_cases import by_hand

from perdure.methods.offpolicy.direct import dm
from perdure.methods.offpolicy.doubly_robust import dr
from perdure.methods.offpolicy.ips import ips
from perdure.methods.offpolicy.snips import snips
from perdure.methods.offpolicy.switch import switch_dr

pytestmark = [pytest.mark.extra, pytest.mark.filterwarnings("ignore")]
WHY = "NO OPEN BANDIT PIPELINE: pip install obp==0.4.1 to compare with it"
PAIRS = {
    "InverseProbabilityWeighting": ips,
    "SelfNormalizedInverseProbabilityWeighting": snips,
    "DirectMethod": dm,
    "DoublyRobust": dr,
    "SwitchDoublyRobust": lambda log: switch_dr(log, tau=2.5),
}


@pytest.mark.parametrize("name", PAIRS)
def test_value_equals_theirs(name):
    ope = pytest.importorskip("obp.ope", reason=WHY)
    rng, n, actions = np.random.default_rng(11), 20_000, 3
    logging, target = (rng.dirichlet(np.full(actions, 3.0), n) for _ in range(2))
    taken = (rng.random((n, 1)) > logging.cumsum(axis=1)[:, :-1]).sum(axis=1)
    reward = (rng.random(n) < 0.15 + 0.1 * taken).astype(float)
    propensity = logging[np.arange(n), taken]
    q = rng.random((n, actions))
    log = by_hand(action=taken, reward=reward, propensity=propensity, target=target, q=q)
    known = {"tau": 2.5} if name == "SwitchDoublyRobust" else {}
    theirs = getattr(ope, name)(**known).estimate_policy_value(
        reward=reward, action=taken, pscore=propensity, action_dist=target[:, :, None],
        estimated_rewards_by_reg_model=q[:, :, None],
    )  # fmt: skip
    assert PAIRS[name](log).value == pytest.approx(float(theirs), rel=4e-16, abs=0)
