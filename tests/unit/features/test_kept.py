"""Features that are kept: partitions, training sets, and the online store that equals them."""

from dataclasses import replace

import pytest
from features_cases import CONTRACTS, EVERYTHING, moment, table
from test_labels import FIRST
from test_semantics import claim, edge, person

from perdure.kernel.errors import NotEnoughData
from perdure.kernel.features import Derived
from perdure.platform.features.compute import compute_features
from perdure.platform.features.engines.duckdb import DuckEngine
from perdure.platform.features.materialise import (
    features_table,
    materialise,
    publish,
    read_features,
)
from perdure.platform.features.online import OnlineStore
from perdure.platform.features.population import population
from perdure.platform.features.training_set import build_training_set
from perdure.platform.storage.project import Project

AT = moment("2024-06-30")
ROWS = {
    "physician": [
        person(e, city="P" if e < "c" else "Q", sequence=i) for i, e in enumerate("abcd")
    ],
    "claims": [
        claim(f"2024-{m:02d}-15", npi=e, product=p, claims=m, cost=m / 3, sequence=100 * m + i)
        for m in range(1, 13)
        for i, (e, p) in enumerate([("a", "X"), ("b", "Y"), ("c", "Y"), ("c", "X")])
        if not (e == "c" and p == "X" and m < 9)
    ],
    "shared": [edge("a", "b", 3), edge("b", "a", 3), edge("c", "a", 2)],
}


@pytest.fixture
def project(tmp_path):
    made = Project.create(tmp_path / "project")
    for name, rows in ROWS.items():
        made.lake.append(name, table(name, rows), key="first")
    return made


def kept(project, at=AT, feature_set=EVERYTHING, case="VOLTAREN"):
    return materialise(project, "conversion", case, feature_set, CONTRACTS, at)


def test_everyone_known_is_in_the_partition(project):
    made = kept(project)
    assert (made.table, made.rows, made.reused) == ("features.conversion.voltaren", 4, False)
    assert made.inputs == {"physician": 0, "claims": 0, "shared": 0}
    spine = population(project, EVERYTHING, CONTRACTS, AT)
    wanted = compute_features(project, EVERYTHING, CONTRACTS, spine)
    assert read_features(project, made).sort_by("entity").to_pylist() == wanted.to_pylist()


def test_the_same_again_is_not_computed_again(project):
    first, again = kept(project), kept(project)
    assert again == replace(first, reused=True)
    assert project.lake.version(first.table) == first.version


def test_new_rows_another_date_and_another_declaration_are_computed(project):
    first = kept(project)
    later = kept(project, moment("2024-07-31"))
    project.lake.append("claims", table("claims", [claim("2024-06-01", npi="d")]), key="second")
    renewed = kept(project)
    shifted = replace(EVERYTHING, parameters={"brand": "Y", "shift": 3})
    changed = kept(project, feature_set=shifted)
    assert [m.reused for m in (later, renewed, changed)] == [False, False, False]
    assert len({m.version for m in (first, later, renewed, changed)}) == 4
    assert renewed.inputs["claims"] == 1
    by_entity = {r["entity"]: r["n_12mo"] for r in read_features(project, renewed).to_pylist()}
    assert by_entity["d"] == 1.0
    assert project.lake.rows(first.table) == 8, "two index dates, one of them replaced twice"


def test_a_declaration_that_comes_back_is_written_again(project):
    first = kept(project)
    kept(project, feature_set=replace(EVERYTHING, parameters={"brand": "Y", "shift": 3}))
    back = kept(project)
    assert not back.reused
    assert project.lake.version(first.table) == back.version
    assert read_features(project, back).equals(read_features(project, first))


def test_a_feature_may_change_its_type(project):
    number = replace(EVERYTHING, declarations=(Derived("x", "1", "x"),), categorical=())
    text = replace(number, declarations=(Derived("x", "'one'", "x"),), categorical=("x",))
    kept(project, feature_set=number)
    made = kept(project, feature_set=text)
    assert set(read_features(project, made)["x"].to_pylist()) == {"one"}


def test_an_older_version_of_a_table_gives_the_features_of_then(project):
    before = compute_features(project, EVERYTHING, CONTRACTS, spine_everyone(project))
    project.lake.append("claims", table("claims", [claim("2024-06-01", npi="a")]), key="second")
    pinned = compute_features(
        project,
        EVERYTHING,
        CONTRACTS,
        spine_everyone(project),
        versions={"physician": 0, "claims": 0, "shared": 0},
    )
    assert pinned.equals(before)
    assert not compute_features(project, EVERYTHING, CONTRACTS, spine_everyone(project)).equals(
        before
    )


def spine_everyone(project):
    return population(project, EVERYTHING, CONTRACTS, AT)


def test_online_features_equal_offline_to_the_last_bit(project):
    made = kept(project)
    assert publish(project, "conversion", "VOLTAREN", made) == 4
    offline = {r.pop("entity"): r for r in read_features(project, made).to_pylist()}
    view = features_table("conversion", "VOLTAREN")
    with OnlineStore(project.var / "online.sqlite") as store:
        assert store.version(view) == made.version
        assert {e: store.get(view, e) for e in offline} == offline
        assert store.get_many(view, ["a", "c", "nobody"]) == {e: offline[e] for e in "ac"}
        assert store.get(view, "nobody") is None


class TestTrainingSets:
    LABEL = replace(FIRST, window_months=3, observed_by="activity")
    DATES = (moment("2024-06-30"), moment("2024-03-31"), moment("2024-12-31"))

    def build(self, project, **more):
        settings = {"index_dates": self.DATES, "as_of": moment("2025-01-31"), **more}
        return build_training_set(
            project, "conversion", "VOLTAREN", EVERYTHING, self.LABEL, CONTRACTS, **settings
        )

    def test_labels_stand_beside_the_features_of_their_index_date(self, project):
        made = self.build(project)
        rows = made.frame().to_pylist()
        assert made.table == "training.conversion.voltaren"
        assert made.index_dates == tuple(sorted(self.DATES))
        found = {(r["entity"], f"{r['at']:%m}"): (r["label"], r["label_state"]) for r in rows}
        assert found[("b", "03")] == (0, "negative")
        assert found[("c", "06")] == (1, "positive")
        assert found[("b", "12")] == (None, "censored-horizon")
        assert ("a", "03") not in found
        spine = made.frame().select(["entity", "at"])
        wanted = compute_features(project, EVERYTHING, CONTRACTS, spine)
        assert made.frame().select(wanted.column_names).equals(wanted)

    def test_the_same_again_is_the_same_version(self, project):
        first, again = self.build(project), self.build(project)
        assert (first.version, first.inputs) == (again.version, again.inputs)
        other = self.build(project, index_dates=self.DATES[:1])
        assert other.version != first.version
        assert first.frame().num_rows > other.frame().num_rows, "the old version is still there"

    def test_nobody_eligible_is_said(self, project):
        with pytest.raises(NotEnoughData, match="nobody is eligible"):
            self.build(project, index_dates=[moment("2001-01-31")])


def test_a_version_of_a_table_is_looked_at_once(project, monkeypatch):
    looked = []
    repeats = DuckEngine.repeats

    def watched(engine, relation, columns):
        looked.append(relation)
        return repeats(engine, relation, columns)

    monkeypatch.setattr(DuckEngine, "repeats", watched)
    spine = population(project, EVERYTHING, CONTRACTS, AT)
    first = compute_features(project, EVERYTHING, CONTRACTS, spine)
    assert "claims" in looked
    looked.clear()
    assert compute_features(project, EVERYTHING, CONTRACTS, spine).equals(first)
    assert looked == []
    restated = claim("2024-01-15", npi="a", product="X", claims=9, known="2024-02-20", sequence=900)
    project.lake.append("claims", table("claims", [restated]), key="second")
    assert not compute_features(project, EVERYTHING, CONTRACTS, spine).equals(first)
    assert "claims" in looked
