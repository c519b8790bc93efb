"""What the decision step tells about a batch."""

from datetime import datetime

import pytest

from perdure.platform.automation.pipelines.decisions import _outputs
from perdure.platform.decisions.batches import DecisionReport

AT = datetime(2026, 1, 31)


@pytest.mark.parametrize(
    ("decisions", "words"),
    [
        (0, "0 to act upon, 0 held out, 5 stopped by limits (capacity 3, minimum-gap 2)"),
        (4, "4 to act upon, 0 held out, 5 stopped by limits"),
    ],
)
def test_when_the_limits_stop_everyone_it_is_said_which(decisions, words):
    blocked = {"capacity": 3, "minimum-gap": 2}
    report = DecisionReport(
        "b", "conversion", "X", "m", "p", AT, AT, decisions + 5, 5, decisions, 0, blocked
    )
    assert _outputs(report, 0)["summary"] == words
