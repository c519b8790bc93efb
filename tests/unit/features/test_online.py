"""The online store: whole versions, from any thread, and clear refusals."""

import threading
from datetime import datetime

import pyarrow as pa
import pytest

from perdure.kernel.errors import FeatureError, StoreError, UsageError
from perdure.platform.features.online import OnlineStore

AT = datetime(2024, 6, 30, 23, 59, 59, 999999)


def rows(value, entities=("a", "b")):
    count = len(entities)
    return pa.table(
        {
            "entity": pa.array(entities),
            "at": pa.array([AT] * count, pa.timestamp("us")),
            "x": pa.array([value] * count, pa.float64()),
            "y": pa.array([value] * count, pa.float64()),
            "city": pa.array([None] * count, pa.string()),
        }
    )


@pytest.fixture
def store(tmp_path):
    with OnlineStore(tmp_path / "var" / "online.sqlite") as made:
        yield made


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e308, 5e-324, 0.0, -1 / 3, 2.0**53 + 2, None])
def test_numbers_come_back_bit_by_bit(store, value):
    store.fill("v", rows(value), 1)
    found = store.get("v", "a")
    assert found == {"at": AT, "x": value, "y": value, "city": None}
    assert repr(found["x"]) == repr(value)


def test_a_new_version_replaces_the_old_one_with_other_columns(store):
    store.fill("v", rows(1.0), 1)
    store.fill("v", rows(2.0, ("c",)).drop_columns(["y"]), 2)
    assert store.get("v", "a") is None
    assert store.get("v", "c") == {"at": AT, "x": 2.0, "city": None}
    assert store.version("v") == 2


def test_views_are_apart(store):
    store.fill("one", rows(1.0), 1)
    store.fill("two", rows(2.0), 7)
    assert (store.get("one", "a")["x"], store.get("two", "a")["x"]) == (1.0, 2.0)


def test_a_failing_fill_leaves_the_old_version(store):
    store.fill("v", rows(1.0), 1)
    with pytest.raises(FeatureError, match="an entity comes twice"):
        store.fill("v", rows(2.0, ("a", "a")), 2)
    assert (store.get("v", "a")["x"], store.version("v")) == (1.0, 1)


def test_readers_see_whole_versions_while_it_is_filled(store):
    many = tuple(f"e{i}" for i in range(300))
    store.fill("v", rows(0.0, many), 0)
    torn, done = [], threading.Event()

    def read():
        while not done.is_set():
            found = store.get_many("v", many)
            if len(found) != len(many) or len({r["x"] for r in found.values()}) != 1:
                torn.append(found)
            one = store.get("v", "e7")
            if one["x"] != one["y"]:
                torn.append(one)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for version in range(1, 15):
            store.fill("v", rows(float(version), many), version)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not torn
    assert store.get("v", "e0")["x"] == 14.0


def test_what_is_not_there_is_said(store):
    with pytest.raises(StoreError, match="no online view 'v'"):
        store.get("v", "a")
    store.fill("visits", rows(1.0), 1)
    with pytest.raises(StoreError) as error:
        store.get("visit", "a")
    assert error.value.hint == "did you mean 'visits'?"
    assert store.version("v") is None


def test_names_cannot_leave_their_quotes(store):
    with pytest.raises(UsageError):
        store.fill('v"; drop table views; --', rows(1.0), 1)
    with pytest.raises(FeatureError, match="entity, at and features"):
        store.fill("v", rows(1.0).drop_columns(["at"]), 1)


def test_an_entity_with_odd_letters_is_just_an_entity(store):
    odd = ("a'; drop table views; --", "ä\U0001f600", "")
    store.fill("v", rows(1.0, odd), 1)
    assert set(store.get_many("v", odd)) == set(odd)
