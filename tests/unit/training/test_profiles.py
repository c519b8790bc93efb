import json

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from perdure.platform.training.profiles import (
    Profile,
    label_profile,
    number_profile,
    profile_columns,
)

numbers = st.one_of(st.none(), st.floats(width=32), st.integers(-3, 3).map(float))


@settings(deadline=None)
@given(st.lists(numbers, max_size=60), st.lists(numbers, max_size=60))
def test_every_value_falls_into_exactly_one_bin(reference, later):
    profile = number_profile(pa.array(reference, pa.float64()))
    assert sum(profile.counts) == len(reference)
    assert profile.count(pa.array(later, pa.float64())).sum() == len(later)
    assert len(profile.counts) == profile.bins()


def test_a_rare_flag_has_a_bin_of_its_own():
    flag = pa.array([0.0] * 95 + [1.0] * 5)
    profile = number_profile(flag)
    more = profile.count(pa.array([0.0] * 50 + [1.0] * 50))
    assert sorted(n for n in profile.counts if n) == [5, 95]
    assert sorted(n for n in more if n) == [50, 50]


def test_a_count_that_is_mostly_zero_shows_a_change_of_the_zeros():
    rng = np.random.default_rng(0)
    value = np.where(rng.random(1000) < 0.7, 0, rng.integers(1, 500, 1000))
    profile = number_profile(pa.array(value))
    assert profile.counts[profile.place(pa.array([0]))[0]] == (value == 0).sum()


def test_a_constant_that_moves_is_seen():
    profile = number_profile(pa.array([3.0] * 10))
    places = [profile.place(pa.array([v]))[0] for v in (2.9, 3.0, 3.1)]
    assert len(set(places)) == 3


def test_continuous_values_fill_ten_equal_bins():
    profile = number_profile(pa.array(np.random.default_rng(0).random(1000)))
    assert profile.counts[:10] == (100,) * 10


def test_labels_unknown_to_the_reference_fall_together():
    profile = label_profile(pa.array(["b", "a", "a", None]))
    assert profile.labels == ("a", "b")
    assert profile.count(pa.array(["a", "z", "y", None, None])).tolist() == [1, 0, 2, 2]


def test_chunks_add_up_and_json_keeps_everything():
    table = pa.table({"x": [1.0, 2.0, None, 4.0], "s": ["a", "b", "a", None]})
    found = profile_columns(table, ["x", "s"], np.array([0, 0, 1, 1]))
    again = json.loads(json.dumps(found))
    for form in again["columns"].values():
        profile = Profile.from_dict(form)
        assert np.array(profile.chunks).sum(axis=0).tolist() == list(profile.counts)
        assert len(profile.chunks) == 2
    assert Profile.from_dict(again["columns"]["x"]).median == 2.0
    assert again["rows"] == 4


def test_row_order_does_not_matter():
    rng = np.random.default_rng(1)
    values, order = rng.integers(0, 50, 300).astype(float), rng.permutation(300)
    assert number_profile(pa.array(values)) == number_profile(pa.array(values[order]))
