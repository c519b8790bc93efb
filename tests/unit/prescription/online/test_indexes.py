"""The files of the search: what others search is left alone."""

from perdure.platform.storage.project import Project
from perdure.solutions.prescription.finding import Finding
from perdure.solutions.prescription.names import Names


def named(*names):
    return Names({"advice": {name: name for name in names}})


def test_new_lists_leave_what_others_search(tmp_path):
    project = Project.create(tmp_path / "clinic")
    north = Finding(project, "clinic-north", named("rest"))
    north.add("advice", "new:walk", "walk")
    first = Finding(project, "clinic", named("walk"))
    for other in ("sleep", "drink"):
        last = Finding(project, "clinic", named("walk", other))
        # Another process notices the new lists a little later; until then it searches its own.
        assert [hit.code for hit in first.search("walk", "advice", 5)] == ["walk"]
        first = last
    assert [hit.code for hit in north.search("walk", "advice", 5)] == ["new:walk"]
    kept = sorted(path.name.rpartition("-")[0] for path in (project.var / "search").iterdir()
                  if path.suffix == ".sqlite")  # fmt: skip
    assert kept == ["clinic", "clinic", "clinic", "clinic-north", "clinic-north"]
