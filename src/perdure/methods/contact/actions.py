"""What may be done with a donor in a month, in the order in which every array holds it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ACTIONS = ("none", "sms", "email", "incentive")
NONE, SMS, EMAIL, INCENTIVE = range(4)
