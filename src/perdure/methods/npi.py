"""Is a number a possible National Provider Identifier?

An NPI has ten digits, begins with 1 or 2, and its last digit is the Luhn check digit over the
first nine with the card-issuer prefix 80840 (45 CFR 162.406; CMS, "Requirements for NPI and NPI
check digit").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_PREFIX_SUM = 24  # what the prefix 80840 adds to the Luhn sum


def check_digits(stems: NDArray[np.int64]) -> NDArray[np.int64]:
    """The check digit of each nine-digit stem.

    >>> check_digits(np.array([123456789])).tolist()
    [3]
    """
    powers = 10 ** np.arange(9, dtype=np.int64)  # position 0 is the digit next to the check digit
    digits = stems[:, None] // powers % 10
    doubled = digits[:, ::2] * 2
    total = (doubled - 9 * (doubled > 9)).sum(axis=1) + digits[:, 1::2].sum(axis=1) + _PREFIX_SUM
    return np.asarray((-total) % 10)


def numbers(stems: NDArray[np.int64]) -> NDArray[np.str_]:
    """The ten-digit numbers of nine-digit stems, as text.

    >>> numbers(np.array([123456789])).tolist()
    ['1234567893']
    """
    return (stems * 10 + check_digits(stems)).astype(np.str_)


def has_ten_digits(values: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each text consists of exactly ten digits.

    >>> has_ten_digits(["1234567893", "9846255"]).tolist()
    [True, False]
    """
    return np.array([len(v) == 10 and v.isascii() and v.isdigit() for v in values], dtype=bool)


def passes_check(values: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each text has ten digits of which the last is the right check digit.

    >>> passes_check(["1234567893", "1234567890", "9846255"]).tolist()
    [True, False, False]
    """
    passed = has_ten_digits(values)
    kept = np.array([v for v, ten in zip(values, passed, strict=True) if ten], dtype=np.int64)
    if kept.size:
        passed[passed] = kept % 10 == check_digits(kept // 10)
    return passed
