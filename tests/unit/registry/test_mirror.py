"""MLflow holds a faithful copy, may be missing or broken, and nobody waits for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from registry_made import NAME, register, serve

from perdure.platform.registry import mirror as mirrored
from perdure.platform.registry.mirror import ADDRESS, mirror
from perdure.platform.registry.mlflow import metric_name


def asked(project, query):
    with closing(sqlite3.connect(project.var / "mlflow.sqlite")) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.slow
def test_the_copy_follows_versions_and_aliases(project, registry, monkeypatch):
    monkeypatch.delenv(ADDRESS, raising=False)
    serve(registry, 0)
    serve(registry, 1)
    told = mirror(project)
    assert told.ok, told.words
    aliases = "select alias, version from registered_model_aliases order by alias"
    assert asked(project, aliases) == [("challenger", 1), ("champion", 2)]
    assert asked(project, "select count(*) from runs") == [(2,)]
    digests = "select value from model_version_tags where key = 'perdure.digest' order by version"
    assert [d for (d,) in asked(project, digests)] == [
        registry.get(f"{NAME}@{n}").digest for n in (1, 2)
    ]
    measured = "select distinct value from metrics where key = 'served ap'"
    assert asked(project, measured) == [(0.1,)]

    registry.rollback(NAME, actor="a", reason="r")
    register(registry, 2)
    told = mirror(project)
    assert told.ok, told.words
    assert asked(project, aliases) == [("challenger", 3), ("champion", 1)]
    assert asked(project, "select count(*) from runs") == [(3,)]

    def no_child(*args, **kwargs):
        raise AssertionError("a child was started though nothing changed")

    monkeypatch.setattr(mirrored.subprocess, "run", no_child)
    assert mirror(project).words == "MLflow is up to date"


def test_a_broken_mlflow_is_an_answer_not_an_error(project, registry, monkeypatch):
    register(registry)
    monkeypatch.setenv(ADDRESS, "no-such-scheme://registry")
    told = mirror(project, seconds=60)
    assert not told.ok
    assert "could not be brought up to date" in told.words
    assert not mirror(project, seconds=0.01).ok


def test_metric_names_are_made_legal():
    assert metric_name("precision@10/state") == "precision_at_10/state"
