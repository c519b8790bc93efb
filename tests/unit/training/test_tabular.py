import json

import numpy as np
import pyarrow as pa
import pytest
from training_made import LEARNERS, world

from perdure.kernel.errors import ContractError, IntegrityError
from perdure.methods.isotonic import Isotonic
from perdure.platform.training.tabular import Inputs, TabularPredictor

NAMES = ("volume", "share", "age", "specialty")


def predictor(kind: str) -> TabularPredictor:
    table = world(800)
    inputs = Inputs.of(table, NAMES)
    X, y = inputs.matrix(table), table.column("label").fill_null(0).to_numpy().astype(float)
    learner = LEARNERS[kind]().fit(X, y, names=NAMES, categorical=inputs.categorical)
    return TabularPredictor(inputs, learner, Isotonic().fit(learner.raw(X), y))


@pytest.mark.parametrize("kind", sorted(LEARNERS))
@pytest.mark.parametrize("size", [1, 7, 65536])
def test_a_row_gets_the_same_bits_in_any_batch(kind, size):
    made = predictor(kind)
    table = pa.concat_tables([world(400, seed=s) for s in range(3)])
    whole = made.predict(table)
    sizes = range(0, min(table.num_rows, 300 if size == 1 else table.num_rows), size)
    parts = np.concatenate([made.predict(table.slice(i, size)) for i in sizes])
    assert np.array_equal(parts, whole[: len(parts)])


def test_files_bring_the_same_answers_back():
    made = predictor("lightgbm")
    table = world(300, seed=5)
    again = TabularPredictor.from_files(made.to_files())
    assert np.array_equal(again.predict(table), made.predict(table))
    assert again.inputs == NAMES
    names, effects, base = again.contributions(table)
    assert names == NAMES
    np.testing.assert_allclose(base + effects.sum(axis=1), again.raw(table), atol=1e-9)


def test_columns_may_come_in_any_order_and_with_others():
    made, table = predictor("logistic"), world(50, seed=6)
    turned = table.select(list(reversed(table.column_names)))
    assert np.array_equal(made.predict(turned), made.predict(table))


def test_an_unknown_label_counts_as_missing():
    made, table = predictor("logistic"), world(10, seed=7).drop_columns(["specialty"])
    unknown = table.append_column("specialty", pa.array(["Dentist"] * 10))
    missing = table.append_column("specialty", pa.nulls(10))
    assert np.array_equal(made.predict(unknown), made.predict(missing))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop_columns(["volume"]), "needs a column 'volume'"),
        (
            lambda t: t.rename_columns([n.replace("volume", "volumes") for n in t.column_names]),
            "did you mean 'volumes'",
        ),
        (lambda t: t.set_column(3, "volume", pa.array(["1"] * t.num_rows)), "Expected numbers"),
        (lambda t: t.set_column(6, "specialty", pa.array([1.0] * t.num_rows)), "Expected text"),
        (lambda t: t.set_column(3, "volume", t.column("at")), "Expected numbers or text"),
    ],
)
def test_a_table_that_does_not_fit_is_told_what_is_wrong(change, words):
    made, table = predictor("logistic"), world(10)
    assert (table.column_names[3], table.column_names[6]) == ("volume", "specialty")
    with pytest.raises(ContractError) as error:
        made.predict(change(table))
    assert words in str(error.value)


@pytest.mark.parametrize("reference", ["os:system", "perdure.methodsx:Y", "builtins:eval", ":x"])
def test_only_trusted_packages_may_be_named(reference):
    files = predictor("logistic").to_files()
    form = json.loads(files["model.json"]) | {"calibrator": reference}
    with pytest.raises(IntegrityError, match="outside"):
        TabularPredictor.from_files(files | {"model.json": json.dumps(form).encode()})


def test_labels_are_coded_alphabetically_whatever_the_row_order():
    table = pa.table({"s": ["b", "c", "a"]})
    assert Inputs.of(table) == Inputs.of(table.take([2, 0, 1]))


def test_integers_booleans_and_dictionaries_are_read():
    table = pa.table(
        {
            "i": pa.array([1, None], pa.int32()),
            "b": [True, False],
            "s": pa.array(["x", None]).dictionary_encode(),
        }
    )
    assert np.array_equal(
        Inputs.of(table).matrix(table), [[1, 1, 0], [np.nan, 0, np.nan]], equal_nan=True
    )
