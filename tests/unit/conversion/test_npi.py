"""The check digit of identifiers."""

import numpy as np
import pytest

from perdure.methods.npi import check_digits, has_ten_digits, numbers, passes_check


def slow_check(stem: str) -> int:
    """Luhn over 80840 and the stem, digit by digit."""
    total = 0
    for place, sign in enumerate(reversed("80840" + stem)):
        value = int(sign) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def test_check_digits_are_those_of_the_algorithm():
    stems = np.random.default_rng(0).integers(100_000_000, 999_999_999, 500)
    assert check_digits(stems).tolist() == [slow_check(str(stem)) for stem in stems]


def test_every_single_wrong_digit_is_noticed():
    (right,) = numbers(np.array([123_456_789])).tolist()
    wrong = [
        right[:i] + str(d) + right[i + 1 :]
        for i in range(10)
        for d in range(10)
        if d != int(right[i])
    ]
    assert passes_check([right]).all()
    assert not passes_check(wrong).any()


@pytest.mark.parametrize(
    "text", ["", "9846255", "12345678901", "123456789a", "١٢٣٤٥٦٧٨٩٣", " 1234567893"]
)
def test_what_is_no_number_of_ten_digits_does_not_pass(text):
    assert not passes_check([text])[0]
    assert not has_ten_digits([text])[0]


def test_no_values_give_no_answers():
    assert passes_check([]).shape == (0,)
