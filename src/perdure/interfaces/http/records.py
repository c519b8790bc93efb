"""What the API takes and gives, as typed records; every text and list has a largest length."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

Short = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Long = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Moment = Annotated[
    datetime,
    PlainSerializer(lambda moment: f"{moment.isoformat()}Z", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment; kept as naive UTC, told with the Z that says so."""

StrictNumber = Annotated[float, Field(allow_inf_nan=False, strict=True)]


class Taken(BaseModel):
    """Base of what a caller sends: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_max_length=10_000)


class Given(BaseModel):
    """Base of what the API answers."""

    model_config = ConfigDict(from_attributes=True)


class Problem(Given):
    """An error: what happened, where, what was expected, what to do next, and its id in the log."""

    error: str
    what: str
    where: str | None = None
    expected: str | None = None
    hint: str | None = None
    id: str


class Health(Given):
    """Whether the service answers, and from which release."""

    status: Literal["ok"]
    version: str


class StateRecord(Given):
    """A level and its word."""

    level: Literal["ok", "watch", "alarm", "off"]
    word: str
    why: str


class SolutionRecord(Given):
    """A solution: the question it answers, about whom, and its cases."""

    name: str
    title: str
    question: str
    kind: str
    entity: str
    owner: str


class CaseRecord(Given):
    """A case of a solution: how it is, which model serves it, how old its data are."""

    case: str
    slug: str
    health: StateRecord
    champion: str | None
    data_as_of: Moment | None
    waiting: int
    alarms: int


class ReasonRecord(Given):
    """Why: the sentence, and how much it moved the score (log odds)."""

    text: str
    effect: float


class PredictionRecord(Given):
    """The calibrated probability of one entity, with its reasons and its decision if any."""

    entity: str
    territory: str
    probability: float
    score: float
    reasons: list[ReasonRecord]
    decision: str | None
    action: str
    arm: str
    state: str


class PredictionPage(Given):
    """One page of predictions."""

    model: str | None
    data_as_of: Moment | None
    base_rate: float | None
    total: int
    page: int
    pages: int
    items: list[PredictionRecord]


class EntityRecord(Given):
    """One entity in one case: score, reasons, decisions."""

    entity: str
    model: str | None
    data_as_of: Moment | None
    probability: float | None
    reasons: list[ReasonRecord]
    decisions: list[PastRecord]


class PastRecord(Given):
    """A decision about an entity, in short."""

    id: str
    at: Moment
    action: str
    arm: str
    score: float
    state: str


class ScoreEntity(Taken):
    """Score an entity that is known."""

    solution: Short
    case: Short | None = None
    entity: Short


class ScoreFeatures(Taken):
    """Score the values of features, as they are given."""

    solution: Short
    case: Short | None = None
    features: Annotated[
        dict[Short, StrictNumber | Annotated[str, StringConstraints(max_length=256)] | None],
        Field(min_length=1, max_length=1_000),
    ]


class ScoreRecord(Given):
    """The answer to a request to score."""

    entity: str | None
    probability: float
    raw: float
    model: str
    data_as_of: Moment | None
    reasons: list[ReasonRecord]


class ModelRecord(Given):
    """One model version."""

    name: str
    version: int
    reference: str
    digest: str
    state: str
    created_at: Moment
    metrics: dict[str, float | None]
    training_table: str
    training_version: int


class PromoteRequest(Taken):
    """Which version to promote, and why."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class RollbackRequest(Taken):
    """Why to roll back."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class DecisionRecord(Given):
    """One decision in full."""

    id: str
    solution: str
    case: str
    entity: str
    action: str
    score: float
    reasons: list[ReasonRecord]
    alternatives: dict[str, float]
    propensity: float
    arm: str
    territory: str
    channel: str
    rank: int
    policy: str
    model: str
    limits: list[str]
    data_as_of: Moment
    decided_at: Moment
    valid_from: Moment
    valid_to: Moment
    run: str


class DecisionAnswer(Given):
    """One decision, how it stands, and what became of it."""

    decision: DecisionRecord
    state: str
    feedback: list[HappenedRecord]


class HappenedRecord(Given):
    """One feedback or outcome."""

    at: Moment
    kind: str
    actor: str
    text: str


class DecisionItem(Given):
    """One decision in a list."""

    id: str
    entity: str
    action: str
    arm: str
    score: float
    territory: str
    rank: int
    state: str
    valid_to: Moment | None


class DecisionPageRecord(Given):
    """One page of decisions."""

    total: int
    page: int
    pages: int
    items: list[DecisionItem]


class FeedbackRequest(Taken):
    """What happened to a decision. ``key`` makes a repeat harmless."""

    decision: Short
    kind: Literal["executed", "dismissed", "completed", "observed"]
    key: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    actor: Short | None = None
    reason: Annotated[str, StringConstraints(max_length=32)] | None = None
    value: Number | None = None
    note: Annotated[str, StringConstraints(max_length=500)] | None = None


class FeedbackAnswer(Given):
    """Whether the feedback was new or had been recorded before."""

    decision: str
    recorded: bool


class AlarmRecord(Given):
    """One alarm."""

    id: str
    at: Moment
    solution: str
    case: str
    monitor: str
    subject: str
    effect: float | None
    limit: float | None
    evidence: str
    state: str


class RunRecord(Given):
    """One run."""

    id: str
    pipeline: str
    state: str
    started_at: Moment
    seconds: float | None
    inputs: dict[str, str]
    outputs: dict[str, str]
    error: str


class TableRecord(Given):
    """One table of the lake."""

    name: str
    meaning: str
    version: int | None
    rows: int
    latest: Moment | None
    quarantined: int
    state: str


class SetAsideRecord(Given):
    """One row that was set aside."""

    at: Moment
    source: str
    line: int | None
    rule: str
    detail: str
    raw: str


class QuarantineRecord(Given):
    """The rows of a table that were set aside.

    ``sampled`` are the rules of which only a sample is kept, with all rows that were set aside.
    """

    table: str
    total: int
    by_rule: dict[str, int]
    sampled: dict[str, int]
    page: int
    pages: int
    items: list[SetAsideRecord]


class PowerRecord(Given):
    """What can be known with so many people."""

    needed: int
    relative: float | None
    knowable: bool
