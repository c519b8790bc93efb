"""The manifest of a solution: everything the platform must know, and no code imported for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from perdure.kernel.endpoints import Endpoint
from perdure.kernel.names import checked_name
from perdure.kernel.refs import load

Kind = Literal[
    "classifier",
    "regression",
    "positive-unlabelled",
    "competing-risks",
    "response",
    "affinity",
    "policy",
    "rules",
    "recommender",
]


@dataclass(frozen=True, slots=True)
class Page:
    """A console page of the solution: its path below the solution, title, template, data.

    ``context`` refers to a function ``(project, case, query: Mapping[str, str]) -> dict`` that
    gives the template its values. ``scripts`` and ``styles`` name files that the solution brings
    (``package:file.js``): the page loads them from this server, by name and digest.
    ``posted`` refers to a function ``(service, fields: Mapping[str, str]) -> str`` that takes a
    form of the page, posted without a script to the page's own address, and gives the page
    below the solution that is shown then ("print?id=7"); its UsageError tells what was refused.
    """

    path: str
    title: str
    template: str
    context: str
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    posted: str = ""


@dataclass(frozen=True, slots=True)
class IntendedUse:
    """The part of the model card that only people can say (45 CFR 170.315(b)(11), items 1-3)."""

    developer: str
    funding: str
    intended_use: str
    population: str
    users: str
    decision_role: Literal["informs", "augments", "replaces"]
    cautions: tuple[str, ...]
    limitations: tuple[str, ...]
    fairness_approach: str
    sensitive_features: str


@dataclass(frozen=True, slots=True)
class Solution:
    """One question that perdure answers, with all that its life cycle needs.

    Code is named as ``"module:attribute"``; the attribute is, in order,

    * ``settings``: a pydantic model class of the solution's parameters (``defaults.yaml``)
    * ``tables``: a tuple of :class:`TableContract`
    * ``features``: ``(settings, case) -> FeatureSet``
    * ``label``: ``(settings, case) -> LabelContract`` (None: the solution learns otherwise)
    * ``train``: ``(TrainingContext) -> Candidate`` (None: the platform's classifier trainer)
    * ``load_model``: ``(bundle) -> Predictor`` (None: the platform's tabular loader)
    * ``propose``: ``(settings, case, predictions) -> list[Proposal]``
    * ``restrict``: ``(project, settings, case, at, entities) -> polars.DataFrame``, restrictions
      and consents of these entities that follow from the solution's tables: columns ``entity``,
      ``kind``, ``channel`` ("": every), ``starts``, ``until``. Read wherever stored restrictions
      are; when it fails nobody is contacted. It must not write
    * ``sentence``: ``(feature, value, below, above) -> str | None``, the words of a reason, where
      ``below`` and ``above`` are the shares of the training rows on either side of the value
      (None: no such order; the answer None takes the platform's words)
    * ``sample``: ``(seed, size) -> World`` (generated tables with a known answer)
    * ``timeline``: ``(project, settings, case, entity, as_of) -> Timeline`` of one entity
    * ``importers``: name -> ``(path, options) -> Iterable[...]`` readers of official files
    * ``downloads``: a tuple of :class:`Download`, the public files that the importers read
    * ``bench``: ``(path, options, progress) -> BenchReport``
    * ``benches``: name -> the same, for benchmarks beside that of the solution itself
    * ``service``: ``(project, settings, case) -> object`` that the handlers of ``endpoints`` get:
      opened once per application and case, at the first request; its ``close()``, if it has
      one, is called at the end. It follows a new champion by itself
    * ``collect``: ``(project, settings, case) -> int``, brings what the service kept into the
      tables that the solution learns from, and gives the number of new rows. Repeatable
    * ``monitors``: ``(project, settings, case, at) -> list[Reading]``, monitors of its own beside
      those of the platform
    * ``rehearse``: ``(project, manifest, world, progress) -> Iterator[Line]``, a rehearsal of its
      own (None: the platform's, which plays two moments of a label)

    A solution may have no features and no label: it then learns from the tables that
    ``learns_from`` names, of which the first tells the extent in time. ``channels`` are those
    that its actions use: the predictions that ``propose`` gets say by ``open:<channel>`` whether
    the limits would let a contact through. ``worth`` says
    what the scores of its decisions are when they are no probabilities. ``home`` is the path of
    the page of its own that is shown first, instead of the ranked list.

    >>> Solution("demo", "Demo", "does it work?", "000", "classifier", "physician").command()
    'perdure run demo'
    """

    name: str
    title: str
    question: str
    seed: str
    kind: Kind
    entity: str
    settings: str = ""
    defaults: str = ""
    tables: str = ""
    features: str = ""
    label: str = ""
    train: str = ""
    load_model: str = ""
    propose: str = ""
    restrict: str = ""
    channels: tuple[str, ...] = ()
    sentence: str = ""
    sample: str = ""
    timeline: str = ""
    importers: Mapping[str, str] = field(default_factory=dict)
    downloads: str = ""
    bench: str = ""
    benches: Mapping[str, str] = field(default_factory=dict)
    service: str = ""
    endpoints: tuple[Endpoint, ...] = ()
    learns_from: tuple[str, ...] = ()
    collect: str = ""
    monitors: str = ""
    rehearse: str = ""
    worth: str = ""
    home: str = ""
    pages: tuple[Page, ...] = ()
    owner: str = "unassigned"
    schedule: str = "0 6 1 * *"
    use: IntendedUse | None = None
    primary_metric: str = "ap"
    greater_is_better: bool = True
    baselines: tuple[str, ...] = ()
    forbidden_tables: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked_name(self.name, "solution name")
        for name in self.benches:
            checked_name(name, "benchmark name")

    def code(self, part: str) -> Any:
        """The object behind one of the references above, e.g. ``code("features")``."""
        return load(getattr(self, part))

    def benchmarks(self) -> dict[str, str]:
        """The reference of every benchmark by name: the solution's own name, then the others.

        >>> Solution("demo", "Demo", "does it work?", "000", "classifier", "physician",
        ...          bench="demo:bench", benches={"coverage": "demo:coverage"}).benchmarks()
        {'demo': 'demo:bench', 'coverage': 'demo:coverage'}
        """
        own = {self.name: self.bench} if self.bench else {}
        return own | dict(self.benches)

    def command(self) -> str:
        """The command that runs the whole life cycle."""
        return f"perdure run {self.name}"
