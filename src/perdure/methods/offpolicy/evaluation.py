"""Every estimator that a log allows, each judged: a number, a model's answer, or a refusal."""

from __future__ import annotations

from perdure.methods.offpolicy.direct import dm
from perdure.methods.offpolicy.doubly_robust import dr
from perdure.methods.offpolicy.estimate import Answer, Estimate, Refusal
from perdure.methods.offpolicy.floor import DEFAULT_FLOOR, Floor, judge
from perdure.methods.offpolicy.ips import ips
from perdure.methods.offpolicy.log import BanditLog
from perdure.methods.offpolicy.ratios import NORMAL, IntervalBy
from perdure.methods.offpolicy.snips import snips
from perdure.methods.offpolicy.switch import switch_dr


def evaluate(
    log: BanditLog, *, floor: Floor = DEFAULT_FLOOR, by: IntervalBy = NORMAL
) -> tuple[Answer, ...]:
    """Answers of ips and snips, and with a model of dm, dr and switch-dr.

    A model's answer alone is refused: it is given only beside an estimate that passed the floor.

    >>> few = BanditLog([0, 1], [1.0, 0.0], [0.5, 0.5], [[1, 0], [0, 1]], [[.8, .4], [.6, .2]])
    >>> [type(answer).__name__ for answer in evaluate(few)]
    ['Refusal', 'Refusal', 'Refusal', 'Refusal', 'Refusal']
    """
    found: list[Answer] = [judge(ips(log, by=by), floor), judge(snips(log, by=by), floor)]
    if log.model is None:
        return tuple(found)
    found += [judge(dr(log, by=by), floor), judge(switch_dr(log, by=by), floor)]
    if any(isinstance(answer, Estimate) for answer in found):
        return (*found, dm(log))
    alone = ("a model's answer is shown beside an estimate with an interval, and there is none",)
    return (*found, Refusal("dm", alone))
